/// One message of an upload.
public struct UploadRequest: WireMessage {
    /// The header first, then chunks.
    public var part: Part?

    /// A message with these fields; the defaults are those of the wire.
    public init(part: Part? = nil) {
        self.part = part
    }

    /// What one message of an upload can be.
    public enum Part: Sendable, Equatable {
        indirect case header(UploadHeader)
        case chunk(UploadChunk)
    }
}
