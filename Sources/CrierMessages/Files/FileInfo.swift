import CCrierMessages

/// What the gateway knows of a file.
public struct FileInfo: WireMessage {
    /// `sha256:<64 hex digits>`.
    public var fileID: String
    /// The name: 1 to 255 bytes of UTF-8.
    public var name: String
    /// Bytes of the whole file.
    public var size: Int64
    /// The SHA-256 of the whole file, 32 bytes.
    public var sha256: [UInt8]
    /// Bytes of a block, the unit of the block table.
    public var blockSize: Int64
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Which nodes hold the bytes.
    public var nodes: [String]
    /// The media type, as the uploader gave it.
    public var mediaType: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        fileID: String = "",
        name: String = "",
        size: Int64 = 0,
        sha256: [UInt8] = [],
        blockSize: Int64 = 0,
        createdAt: Int64 = 0,
        nodes: [String] = [],
        mediaType: String = ""
    ) {
        self.fileID = fileID
        self.name = name
        self.size = size
        self.sha256 = sha256
        self.blockSize = blockSize
        self.createdAt = createdAt
        self.nodes = nodes
        self.mediaType = mediaType
    }
}

extension FileInfo: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileInfo", crier__v1__file_info__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__FileInfo) throws(WireError) {
        fileID = try c.file_id.string("FileInfo", "file_id")
        name = try c.name.string("FileInfo", "name")
        size = c.size
        sha256 = c.sha256.bytes
        blockSize = c.block_size
        createdAt = c.created_at
        nodes = try ProtobufCBinaryData.strings(c.nodes, c.n_nodes, "FileInfo", "nodes")
        mediaType = try c.media_type.string("FileInfo", "media_type")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileInfo> {
        let c = scratch.make(crier__v1__file_info__init)
        c.pointee.file_id = scratch.copy(fileID)
        c.pointee.name = scratch.copy(name)
        c.pointee.size = size
        c.pointee.sha256 = scratch.copy(sha256)
        c.pointee.block_size = blockSize
        c.pointee.created_at = createdAt
        c.pointee.n_nodes = nodes.count
        c.pointee.nodes = scratch.copy(nodes)
        c.pointee.media_type = scratch.copy(mediaType)
        return c
    }
}

/// Asks which files there are.
public struct ListFilesRequest: WireMessage {
    /// Only names that begin with it; empty: all.
    public var namePrefix: String

    /// A message with these fields; the defaults are those of the wire.
    public init(namePrefix: String = "") {
        self.namePrefix = namePrefix
    }
}

extension ListFilesRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "ListFilesRequest", crier__v1__list_files_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__ListFilesRequest) throws(WireError) {
        namePrefix = try c.name_prefix.string("ListFilesRequest", "name_prefix")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__ListFilesRequest> {
        let c = scratch.make(crier__v1__list_files_request__init)
        c.pointee.name_prefix = scratch.copy(namePrefix)
        return c
    }
}
