/// The bytes that a connection is about to write, in memory that all connections of a loop share. Empty between writes.
struct OutputBuffer: ~Copyable {
    private var memory: ByteArena
    /// File slices between the bytes.
    private(set) var slices: ContiguousArray<Slice> = []
    /// Their files: a download's slices share one, so that it is counted once a write and not with each frame.
    private var files: ContiguousArray<ReadableFile> = []
    private var sliceBytes = 0
    /// Slices can be sent as they are; otherwise their bytes are read.
    var takesSlices = false

    init(capacity: Int) { memory = ByteArena(capacity: capacity) }

    var count: Int { memory.count }

    var bytes: UnsafeRawBufferPointer { memory.bytes }

    /// Bytes on the wire, slices included.
    var total: Int { count + sliceBytes }

    mutating func clear() {
        memory.clear()
        guard !slices.isEmpty else { return }
        slices.removeAll(keepingCapacity: true)
        files.removeAll(keepingCapacity: true)
        sliceBytes = 0
    }

    /// Where the output ends now.
    var mark: (bytes: Int, slices: Int) { (count, slices.count) }

    /// Takes back what came since.
    mutating func truncate(to mark: (bytes: Int, slices: Int)) {
        memory.truncate(to: mark.bytes)
        for slice in slices[mark.slices...] { sliceBytes -= slice.count }
        slices.removeSubrange(mark.slices...)
    }

    /// Adds a part of a file, which stays open until the output is cleared.
    mutating func append(_ file: ReadableFile, offset: Int64, count: Int) {
        if files.last !== file { files.append(file) }
        slices.append(Slice(position: self.count, file: .passUnretained(file), offset: offset, count: count))
        sliceBytes += count
    }

    /// A part of a file that comes before the byte at `position`.
    struct Slice {
        let position: Int
        /// One of `files`.
        let file: Unmanaged<ReadableFile>
        let offset: Int64
        let count: Int
    }

    /// A run of bytes, or a file's.
    enum Piece {
        case bytes(UnsafeRawBufferPointer)
        case slice(Slice)
    }

    /// Calls `body` with all of it in order, and with whether something follows.
    func forEachPiece(_ body: (Piece, _ hasMore: Bool) -> Void) {
        var start = 0
        for index in slices.indices {
            let slice = slices[index]
            if slice.position > start {
                body(.bytes(UnsafeRawBufferPointer(rebasing: bytes[start..<slice.position])), true)
            }
            body(.slice(slice), slice.position < count || index + 1 < slices.count)
            start = slice.position
        }
        if start < count { body(.bytes(UnsafeRawBufferPointer(rebasing: bytes[start...])), false) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) { memory.append(bytes) }

    /// Room for `size` bytes behind what is there; `commit` makes them part of it.
    mutating func reserve(_ size: Int) -> UnsafeMutableRawPointer { memory.reserve(size) }

    mutating func commit(_ size: Int) { memory.commit(size) }
}
