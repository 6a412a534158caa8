/// The bytes that a connection is about to write, in memory that all connections of a loop share. Empty between writes.
final class OutputBuffer {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0
    /// File slices between the bytes: each comes before the byte at `position`.
    private(set) var slices: [(position: Int, slice: FileSlice)] = []
    private var sliceBytes = 0
    /// Slices can be sent as they are; otherwise their bytes are read.
    var takesSlices = false

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Bytes on the wire, slices included.
    var total: Int { count + sliceBytes }

    func clear() {
        count = 0
        guard !slices.isEmpty else { return }
        slices.removeAll(keepingCapacity: true)
        sliceBytes = 0
    }

    /// Where the output ends now.
    var mark: (bytes: Int, slices: Int) { (count, slices.count) }

    /// Takes back what came since.
    func truncate(to mark: (bytes: Int, slices: Int)) {
        count = mark.bytes
        for (_, slice) in slices[mark.slices...] { sliceBytes -= slice.count }
        slices.removeSubrange(mark.slices...)
    }

    func append(_ slice: FileSlice) {
        slices.append((count, slice))
        sliceBytes += slice.count
    }

    /// A run of bytes, or a file's.
    enum Piece {
        case bytes(UnsafeRawBufferPointer)
        case slice(FileSlice)
    }

    /// All of it in order.
    var pieces: [Piece] {
        var pieces: [Piece] = []
        var start = 0
        for (position, slice) in slices {
            if position > start { pieces.append(.bytes(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))) }
            pieces.append(.slice(slice))
            start = position
        }
        if start < count { pieces.append(.bytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))) }
        return pieces
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Room for `size` bytes behind what is there; `commit` makes them part of it.
    func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if count + size > capacity { grow(to: count + size) }
        return base + count
    }

    func commit(_ size: Int) { count += size }

    private func grow(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: max(size, capacity * 2), alignment: 64)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
        capacity = max(size, capacity * 2)
    }
}
