/// The gateway's digests of every block of a file.
struct BlockTable: Sendable, Equatable {
    /// In bytes; the last block may be shorter.
    let blockSize: Int64
    /// 32 bytes a block, in order.
    private let digests: [UInt8]

    static let digestBytes = 32

    /// Throws `.protocolViolation` unless it describes a file of `fileSize` bytes, all of it.
    init(blockSize: Int64, digests: [UInt8], fileSize: Int64) throws(CrierClientError) {
        guard blockSize > 0 else {
            throw CrierClientError(.protocolViolation, "block_size is \(blockSize); 1 or more is allowed")
        }
        let (whole, rest) = fileSize.quotientAndRemainder(dividingBy: blockSize)
        let blocks = whole + (rest > 0 ? 1 : 0)
        guard blocks <= Limits.blocks, digests.count == Int(blocks) * Self.digestBytes else {
            throw CrierClientError(
                .protocolViolation,
                "a block table of \(digests.count) bytes; \(blocks) blocks of \(blockSize) bytes need "
                    + "\(Self.digestBytes) each, and at most \(Limits.blocks) blocks are allowed"
            )
        }
        self.blockSize = blockSize
        self.digests = digests
    }

    var count: Int { digests.count / Self.digestBytes }

    func digest(of block: Int) -> ArraySlice<UInt8> {
        digests[block * Self.digestBytes..<(block + 1) * Self.digestBytes]
    }
}
