/// Where a range of a file is cut into chunks: at the multiples of the chunk's size.
///
/// Chunks of whole pages need no byte to be read for their checksum, so sizes of a page and more are brought down to
/// whole pages, and smaller ones to a power of two, of which pages are multiples.
struct ChunkCut: Sequence {
    let range: Range<Int64>
    let chunkBytes: Int64

    /// `chunkBytes`: the most that a chunk may have.
    init(_ range: Range<Int64>, chunkBytes: Int) {
        self.range = range
        let page = FileStoreLimits.pageBytes
        precondition(chunkBytes > 0, "a chunk has bytes")
        self.chunkBytes = Int64(
            chunkBytes >= page ? chunkBytes / page * page : 1 << (Int.bitWidth - 1 - chunkBytes.leadingZeroBitCount)
        )
    }

    func makeIterator() -> some IteratorProtocol<Range<Int64>> {
        sequence(state: range.lowerBound) { (next: inout Int64) -> Range<Int64>? in
            guard next < range.upperBound else { return nil }
            let end = Swift.min((next / chunkBytes + 1) * chunkBytes, range.upperBound)
            defer { next = end }
            return next..<end
        }
    }
}
