/// Turns a message into the bytes of the wire. The core knows no protobuf; its service hands one down.
public protocol MessageEncoder: Sendable {
    /// Calls `body` exactly once with the encoded message, which is valid during that call only.
    ///
    /// Called once a message, on any loop, however many clients the message goes to.
    func encode(_ message: Message, _ body: (EncodedMessage) -> Void)
}

/// A message ready for the wire. The core only carries it and counts its bytes; whoever keeps it copies them.
///
/// A view, and no buffer of its own: most messages are written to their stream at once, and those that cross to another
/// loop travel in one piece of memory with all others of that turn.
public struct EncodedMessage {
    public let bytes: UnsafeRawBufferPointer

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    public var byteCount: Int { bytes.count }

    /// Whether a client takes a message of this size.
    var isAllowed: Bool { byteCount <= Limits.messageBytes }
}
