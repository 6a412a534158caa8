import CCrierMessages

/// A piece of a file, on its way to a client.
public struct FileChunk: WireMessage {
    /// The bytes, compressed as `compression` says.
    public var content: [UInt8]
    /// Counts the messages of this answer from 0; says nothing of the place in the file.
    public var sequence: Int32
    /// Ends this answer; an answer that ends without it was cut off.
    public var isLast: Bool
    /// Where `content` begins in the file, uncompressed. Absent: a gateway that does not know offsets and began at
    /// byte 0. Never append then.
    public var offset: Int64?
    /// CRC32C of the uncompressed content.
    public var crc32c: UInt32?
    /// How `content` is compressed.
    public var compression: Compression
    /// Uncompressed bytes; set when compression is.
    public var rawSize: Int32
    /// First chunk only.
    public var info: FileInfo?

    /// A message with these fields; the defaults are those of the wire.
    public init(
        content: [UInt8] = [],
        sequence: Int32 = 0,
        isLast: Bool = false,
        offset: Int64? = nil,
        crc32c: UInt32? = nil,
        compression: Compression = .identity,
        rawSize: Int32 = 0,
        info: FileInfo? = nil
    ) {
        self.content = content
        self.sequence = sequence
        self.isLast = isLast
        self.offset = offset
        self.crc32c = crc32c
        self.compression = compression
        self.rawSize = rawSize
        self.info = info
    }
}

extension FileChunk: CMessage {
    /// All but the content, which `unpackHead` finds without a copy.
    init(_ c: Crier__V1__FileChunk) throws(WireError) {
        content = []
        sequence = c.sequence
        isLast = c.is_last != 0
        offset = c.has_offset_case == CRIER__V1__FILE_CHUNK__HAS_OFFSET_OFFSET ? c.offset : nil
        crc32c = c.has_crc32c_case == CRIER__V1__FILE_CHUNK__HAS_CRC32C_CRC32C ? c.crc32c : nil
        compression = Compression(c.compression)
        rawSize = c.raw_size
        info = try FileInfo.read(c.info)
    }

    /// All but the content, which `withPacked` puts behind the rest without a copy.
    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileChunk> {
        let c = scratch.make(crier__v1__file_chunk__init)
        c.pointee.sequence = sequence
        c.pointee.is_last = isLast ? 1 : 0
        if let offset {
            c.pointee.has_offset_case = CRIER__V1__FILE_CHUNK__HAS_OFFSET_OFFSET
            c.pointee.offset = offset
        }
        if let crc32c {
            c.pointee.has_crc32c_case = CRIER__V1__FILE_CHUNK__HAS_CRC32C_CRC32C
            c.pointee.crc32c = crc32c
        }
        c.pointee.compression = compression.c
        c.pointee.raw_size = rawSize
        if let info { c.pointee.info = info.fill(&scratch) }
        return c
    }
}
