import CrierCodecs

/// Holds every chunk of one answer against what was asked for.
///
/// A gateway that knows no offsets answers from byte 0 whatever was asked; its chunks are counted from there, and what
/// is already in the part is dropped. Nothing is ever appended because it merely came next.
struct ChunkCheck: Sendable {
    private let request: ChunkRequest
    private let size: Int64
    /// Where the next chunk must begin.
    private var expected: Int64
    private var nextSequence: Int32 = 0
    private var countsFromZero = false

    init(_ request: ChunkRequest, size: Int64) {
        self.request = request
        self.size = size
        expected = request.offset
    }

    /// The part of the chunk that is new, as a range of its content.
    mutating func accept(_ chunk: Chunk) throws(CrierClientError) -> Range<Int> {
        if nextSequence == 0 { try begin(chunk) }
        let offset = try offset(of: chunk)
        let (end, overflow) = offset.addingReportingOverflow(Int64(chunk.content.count))
        guard !overflow, end <= size else {
            throw CrierClientError(
                .invalidArgument,
                "\(request.fileID) has more bytes than the \(size) that were announced"
            )
        }
        if let crc = chunk.crc32c {
            let actual = chunk.content.withUnsafeBytes { CRC32C.checksum($0) }
            guard actual == crc else {
                throw CrierClientError(.dataLoss, "chunk at byte \(offset): CRC-32C is \(actual), \(crc) was sent")
            }
        }
        nextSequence &+= 1
        expected = end
        return Int(clamping: min(max(0, request.offset - offset), Int64(chunk.content.count)))..<chunk.content.count
    }

    /// Called when the stream ended well. Throws `.truncated` unless every byte came and was said to be the last.
    func finish(sawLast: Bool) throws(CrierClientError) {
        guard sawLast, expected == size else {
            throw CrierClientError(.truncated, "the answer ended at byte \(expected) of \(size)")
        }
    }

    private mutating func begin(_ chunk: Chunk) throws(CrierClientError) {
        if let digest = chunk.digest, digest != request.digest {
            throw CrierClientError(.changed, "\(request.fileID) is now \(digest), \(request.digest) was announced")
        }
        if chunk.offset == nil {
            countsFromZero = true
            expected = 0
        }
    }

    private func offset(of chunk: Chunk) throws(CrierClientError) -> Int64 {
        guard chunk.sequence == nextSequence else {
            throw CrierClientError(
                .protocolViolation,
                "chunk has sequence \(chunk.sequence); \(nextSequence) is next"
            )
        }
        if countsFromZero, chunk.offset == nil { return expected }
        guard let offset = chunk.offset, offset == expected else {
            let given = chunk.offset.map { "\($0)" } ?? "missing"
            throw CrierClientError(.protocolViolation, "chunk's offset is \(given); \(expected) is next")
        }
        return offset
    }
}
