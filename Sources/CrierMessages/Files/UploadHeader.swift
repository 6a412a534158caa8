import CCrierMessages

/// What is uploaded: the first message of an upload.
public struct UploadHeader: WireMessage {
    /// The caller's own, unique: names the attempt when it must be resumed.
    public var uploadID: String
    /// The name: 1 to 255 bytes of UTF-8.
    public var name: String
    /// Bytes of the whole file.
    public var size: Int64
    /// Of the whole file; the upload is refused when it does not match.
    public var sha256: [UInt8]
    /// Must equal UploadState.committed.
    public var offset: Int64
    /// The media type, as the uploader gave it.
    public var mediaType: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        uploadID: String = "",
        name: String = "",
        size: Int64 = 0,
        sha256: [UInt8] = [],
        offset: Int64 = 0,
        mediaType: String = ""
    ) {
        self.uploadID = uploadID
        self.name = name
        self.size = size
        self.sha256 = sha256
        self.offset = offset
        self.mediaType = mediaType
    }
}

extension UploadHeader: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "UploadHeader", crier__v1__upload_header__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__UploadHeader) throws(WireError) {
        uploadID = try c.upload_id.string("UploadHeader", "upload_id")
        name = try c.name.string("UploadHeader", "name")
        size = c.size
        sha256 = c.sha256.bytes
        offset = c.offset
        mediaType = try c.media_type.string("UploadHeader", "media_type")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__UploadHeader> {
        let c = scratch.make(crier__v1__upload_header__init)
        c.pointee.upload_id = scratch.copy(uploadID)
        c.pointee.name = scratch.copy(name)
        c.pointee.size = size
        c.pointee.sha256 = scratch.copy(sha256)
        c.pointee.offset = offset
        c.pointee.media_type = scratch.copy(mediaType)
        return c
    }
}
