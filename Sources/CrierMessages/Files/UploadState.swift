import CCrierMessages

/// Asks how far an upload is.
public struct QueryUploadRequest: WireMessage {
    /// The uploader's own id of this attempt.
    public var uploadID: String

    /// A message with these fields; the defaults are those of the wire.
    public init(uploadID: String = "") {
        self.uploadID = uploadID
    }
}

extension QueryUploadRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "QueryUploadRequest", crier__v1__query_upload_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__QueryUploadRequest) throws(WireError) {
        uploadID = try c.upload_id.string("QueryUploadRequest", "upload_id")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__QueryUploadRequest> {
        let c = scratch.make(crier__v1__query_upload_request__init)
        c.pointee.upload_id = scratch.copy(uploadID)
        return c
    }
}

/// How far an upload is.
public struct UploadState: WireMessage {
    /// Bytes that survive a crash of the gateway.
    public var committed: Int64
    /// Whether the file is whole, verified and listed.
    public var complete: Bool
    /// When complete.
    public var info: FileInfo?

    /// A message with these fields; the defaults are those of the wire.
    public init(committed: Int64 = 0, complete: Bool = false, info: FileInfo? = nil) {
        self.committed = committed
        self.complete = complete
        self.info = info
    }
}

extension UploadState: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "UploadState", crier__v1__upload_state__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__UploadState) throws(WireError) {
        committed = c.committed
        complete = c.complete != 0
        info = try FileInfo.read(c.info)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__UploadState> {
        let c = scratch.make(crier__v1__upload_state__init)
        c.pointee.committed = committed
        c.pointee.complete = complete ? 1 : 0
        if let info { c.pointee.info = info.fill(&scratch) }
        return c
    }
}
