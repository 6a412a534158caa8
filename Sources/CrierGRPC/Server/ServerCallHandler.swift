/// How a call ended for its handler.
public enum CallEnd: Sendable, Equatable {
    /// Our status was sent.
    case finished
    /// The peer reset the stream.
    case cancelled
    /// The peer's deadline passed; it was told so.
    case deadlineExceeded
    /// The connection is gone.
    case connectionLost
}

/// What a method does with one call, in callback form. All calls come on the call's event loop.
public protocol ServerCallHandler: AnyObject {
    /// One whole message, decompressed. The bytes are valid during this call only.
    func received(_ message: UnsafeRawBufferPointer)
    /// The peer half-closed: no more messages.
    func receivedEnd()
    /// The call was not writable and now is.
    func writable()
    /// The last call, exactly one.
    func closed(_ end: CallEnd)
}

extension ServerCallHandler {
    public func receivedEnd() {}
    public func writable() {}
    public func closed(_ end: CallEnd) {}
}
