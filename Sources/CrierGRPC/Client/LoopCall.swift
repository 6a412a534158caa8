/// What a caller on the channel's event loop hears of its call. All calls come on that loop.
public protocol LoopCallHandler: AnyObject {
    /// A message, valid during this call only.
    func received(_ message: UnsafeRawBufferPointer)
    /// There is a connection now, or there is room again after `isWritable` was false.
    func writable()
    /// The last call, exactly one.
    func closed(_ status: GRPCStatus)
}

/// One call for callers on the channel's event loop (`GRPCChannel.begin`). Used there only.
///
/// After the call has ended, its verbs do nothing.
public struct LoopCall {
    private let call: ClientCall

    init(_ call: ClientCall) { self.call = call }

    public var isClosed: Bool { call.isClosed }

    /// Bytes given to `send` that are not yet in the socket's buffer; 0 while there is no connection.
    public var bufferedBytes: Int { call.bufferedBytes }

    /// Below the high-water mark; otherwise the handler's `writable()` will be called.
    public var isWritable: Bool { call.isWritable }

    /// Queues a message.
    public func send(_ message: FramedMessage) { call.send(message) }

    /// Half-closes: no more messages from this side.
    public func finishSending() { call.finishSending() }

    /// Ends the call; its handler hears of it before this returns.
    public func cancel() { call.end(GRPCStatus(.cancelled, "the call was cancelled")) }
}

extension LoopCall {
    /// Passes on what the call says.
    final class Ear: ClientCallHandler {
        private let handler: any LoopCallHandler

        init(_ handler: any LoopCallHandler) { self.handler = handler }

        func received(_ message: UnsafeRawBufferPointer) { handler.received(message) }
        func writable() { handler.writable() }
        func closed(_ status: GRPCStatus) { handler.closed(status) }
    }
}
