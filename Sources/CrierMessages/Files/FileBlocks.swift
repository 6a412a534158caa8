import CCrierMessages

/// Digests of consecutive blocks of a file.
public struct FileBlocks: WireMessage {
    /// Bytes of a block; the last of a file may be shorter.
    public var blockSize: Int64
    /// The index of the first block in `sha256s`, from 0.
    public var firstBlock: Int64
    /// 32 bytes a block, in order.
    public var sha256s: [UInt8]

    /// A message with these fields; the defaults are those of the wire.
    public init(blockSize: Int64 = 0, firstBlock: Int64 = 0, sha256s: [UInt8] = []) {
        self.blockSize = blockSize
        self.firstBlock = firstBlock
        self.sha256s = sha256s
    }
}

extension FileBlocks: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileBlocks", crier__v1__file_blocks__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__FileBlocks) throws(WireError) {
        blockSize = c.block_size
        firstBlock = c.first_block
        sha256s = c.sha256s.bytes
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileBlocks> {
        let c = scratch.make(crier__v1__file_blocks__init)
        c.pointee.block_size = blockSize
        c.pointee.first_block = firstBlock
        c.pointee.sha256s = scratch.copy(sha256s)
        return c
    }
}
