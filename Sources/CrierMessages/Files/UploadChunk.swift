import CCrierMessages

/// A piece of a file, on its way to the gateway.
public struct UploadChunk: WireMessage {
    /// The bytes.
    public var content: [UInt8]
    /// Where `content` begins in the file.
    public var offset: Int64
    /// CRC32C of `content`.
    public var crc32c: UInt32?

    /// A message with these fields; the defaults are those of the wire.
    public init(content: [UInt8] = [], offset: Int64 = 0, crc32c: UInt32? = nil) {
        self.content = content
        self.offset = offset
        self.crc32c = crc32c
    }
}

extension UploadChunk: CMessage {
    /// All but the content, which `unpackHead` finds without a copy.
    init(_ c: Crier__V1__UploadChunk) throws(WireError) {
        content = []
        offset = c.offset
        crc32c = c.has_crc32c_case == CRIER__V1__UPLOAD_CHUNK__HAS_CRC32C_CRC32C ? c.crc32c : nil
    }

    /// All but the content, which `UploadRequest` puts behind the rest without a copy.
    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__UploadChunk> {
        let c = scratch.make(crier__v1__upload_chunk__init)
        c.pointee.offset = offset
        if let crc32c {
            c.pointee.has_crc32c_case = CRIER__V1__UPLOAD_CHUNK__HAS_CRC32C_CRC32C
            c.pointee.crc32c = crc32c
        }
        return c
    }
}
