public import NIOCore

/// Turns a message into the bytes of the wire. The core knows no protobuf; its service hands one down.
public protocol MessageEncoder: Sendable {
    /// Called once a message, on any loop, however many clients the message goes to.
    func encode(_ message: Message) -> EncodedMessage
}

/// A message ready for the wire. The core only carries it and counts its bytes.
public struct EncodedMessage: Sendable, Equatable {
    public let bytes: ByteBuffer

    public init(_ bytes: ByteBuffer) { self.bytes = bytes }

    public var byteCount: Int { bytes.readableBytes }
}
