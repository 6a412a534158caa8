/// The small messages that the streams of one loop were given in this turn, in memory that they share.
///
/// A message that is sent in the turn in which it was made needs no memory of its own. What a connection could not send
/// by the end of its flush moves to its stream's own queue (`OutboundQueue.unstage`), so nothing stays here for long,
/// and once nobody has bytes here the memory is used from the front again. Belongs to its event loop.
struct Staging: ~Copyable {
    /// A stream's bytes here: a list of pieces, each behind a header of its own.
    struct Bytes {
        fileprivate var first: Int
        fileprivate var last: Int
        /// Bytes of the first piece that are taken already.
        fileprivate var taken = 0
        /// Bytes that are left.
        fileprivate(set) var count: Int
    }

    private struct Header {
        var count: Int
        /// Where the next piece's header lies.
        var next: Int
    }

    private static let headerSize = MemoryLayout<Header>.size

    private var memory = ByteArena(capacity: Limit.stagingRetainedBytes)
    private var owners = 0

    /// Whether a message of that size may lie here.
    func takes(_ count: Int) -> Bool {
        count <= Limit.stagedMessageBytes && memory.count + count <= Limit.stagingBytes
    }

    /// Adds a message that `write` writes.
    mutating func append(_ count: Int, to bytes: inout Bytes?, write: (UnsafeMutableRawPointer) -> Void) {
        guard var list = bytes else {
            owners += 1
            let piece = addPiece(count, write)
            bytes = Bytes(first: piece, last: piece, count: count)
            return
        }
        let last = header(at: list.last)
        if list.last + Self.headerSize + last.pointee.count == memory.count {
            // The stream's last piece is the last of all: it grows.
            last.pointee.count += count
            write(memory.reserve(count))
            memory.commit(count)
        } else {
            let piece = addPiece(count, write)
            header(at: list.last).pointee.next = piece
            list.last = piece
        }
        list.count += count
        bytes = list
    }

    /// Hands the first `count` bytes to `take`, piece by piece; `bytes` is nil when none are left.
    mutating func take(_ count: Int, of bytes: inout Bytes?, _ take: (UnsafeRawBufferPointer) -> Void) {
        guard var list = bytes else { return }
        var left = count
        while left > 0 {
            let piece = header(at: list.first).pointee
            let part = min(left, piece.count - list.taken)
            let start = memory.base + list.first + Self.headerSize + list.taken
            take(UnsafeRawBufferPointer(start: start, count: part))
            left -= part
            list.taken += part
            guard list.taken == piece.count else { break }
            list.first = piece.next
            list.taken = 0
        }
        list.count -= count
        bytes = list
        if list.count == 0 { release(&bytes) }
    }

    /// The stream wants its bytes no more.
    mutating func release(_ bytes: inout Bytes?) {
        guard bytes != nil else { return }
        bytes = nil
        owners -= 1
        if owners == 0 { memory.clear(keeping: Limit.stagingRetainedBytes) }
    }

    private mutating func addPiece(_ count: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> Int {
        let padding = -memory.count & (MemoryLayout<Header>.alignment - 1)
        let size = padding + Self.headerSize + count
        let start = memory.reserve(size)
        (start + padding).storeBytes(of: Header(count: count, next: 0), as: Header.self)
        write(start + padding + Self.headerSize)
        let piece = memory.count + padding
        memory.commit(size)
        return piece
    }

    private func header(at offset: Int) -> UnsafeMutablePointer<Header> {
        (memory.base + offset).assumingMemoryBound(to: Header.self)
    }
}
