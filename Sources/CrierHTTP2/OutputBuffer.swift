/// The bytes that a connection is about to write, in memory that all connections of a loop share. Empty between writes.
final class OutputBuffer {
    @exclusivity(unchecked) private var memory: ByteArena
    /// File slices between the bytes: each comes before the byte at `position`.
    private(set) var slices: [(position: Int, slice: FileSlice)] = []
    private var sliceBytes = 0
    /// Slices can be sent as they are; otherwise their bytes are read.
    var takesSlices = false

    init(capacity: Int) { memory = ByteArena(capacity: capacity) }

    var count: Int { memory.count }

    var bytes: UnsafeRawBufferPointer { memory.bytes }

    /// Bytes on the wire, slices included.
    var total: Int { count + sliceBytes }

    func clear() {
        memory.clear()
        guard !slices.isEmpty else { return }
        slices.removeAll(keepingCapacity: true)
        sliceBytes = 0
    }

    /// Where the output ends now.
    var mark: (bytes: Int, slices: Int) { (count, slices.count) }

    /// Takes back what came since.
    func truncate(to mark: (bytes: Int, slices: Int)) {
        memory.truncate(to: mark.bytes)
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

    func append(_ bytes: UnsafeRawBufferPointer) { memory.append(bytes) }

    /// Room for `size` bytes behind what is there; `commit` makes them part of it.
    func reserve(_ size: Int) -> UnsafeMutableRawPointer { memory.reserve(size) }

    func commit(_ size: Int) { memory.commit(size) }
}
