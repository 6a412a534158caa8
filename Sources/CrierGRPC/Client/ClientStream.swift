public import NIOCore
import Synchronization

/// One call for `async` callers: messages in both directions with back-pressure.
///
/// One task may send while another receives. `next()` is for one task at a time. Cancelling the task that waits in
/// `next()` or `send` cancels the call.
public final class ClientStream: ClientCallHandler, Sendable {
    private struct State {
        var status: GRPCStatus?
        var writers: [CheckedContinuation<Void, Never>] = []
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())
    private let unread = UnreadMessages()
    private let call: NIOLoopBoundBox<ClientCall?>

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        call = .makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    func attach(_ call: ClientCall) { self.call.value = call }

    // MARK: Sending

    /// Sends a message; waits while the peer's window and our buffer are full.
    /// - Throws: The call's status when it has ended already; CANCELLED when the task is cancelled.
    public func send(_ message: FramedMessage) async throws(GRPCStatus) {
        try await send(contentsOf: CollectionOfOne(message))
    }

    /// Sends messages in order, with one hop to the loop for all; waits behind them while the peer's window and our
    /// buffer are full.
    /// - Throws: As `send(_:)`.
    public func send(contentsOf messages: some Collection<FramedMessage> & Sendable) async throws(GRPCStatus) {
        if let status = state.withLock({ $0.status }) { throw Self.ended(status) }
        let isSent = await onLoop { call in
            for message in messages { call.send(message) }
            return call.isWritable
        }
        if !isSent { await waitUntilWritable() }
        if Task.isCancelled {
            cancel()
            throw GRPCStatus(.cancelled, "the task was cancelled")
        }
    }

    /// Half-closes: no more messages from this side.
    public func finishSending() {
        eventLoop.execute { self.call.value?.finishSending() }
    }

    /// Sends a message and half-closes, without waiting. For the only message of a call, which may wait for its
    /// connection; that the call has failed is heard from `next()`.
    public func sendLast(_ message: FramedMessage) {
        eventLoop.execute {
            self.call.value?.send(message)
            self.call.value?.finishSending()
        }
    }

    /// Ends the call now; the peer hears of it.
    public func cancel() {
        eventLoop.execute { self.call.value?.end(GRPCStatus(.cancelled, "the call was cancelled")) }
    }

    private static func ended(_ status: GRPCStatus) -> GRPCStatus {
        status.code == .ok ? GRPCStatus(.failedPrecondition, "the call has ended already") : status
    }

    private func onLoop(_ body: @escaping @Sendable (ClientCall) -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                continuation.resume(returning: self.call.value.map(body) ?? true)
            }
        }
    }

    private func waitUntilWritable() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                eventLoop.execute {
                    // On the loop, nothing can drain between this check and the wait.
                    guard let call = self.call.value, !call.isClosed, !call.isWritable else {
                        return continuation.resume()
                    }
                    self.state.withLock { $0.writers.append(continuation) }
                }
            }
        } onCancel: {
            cancel()
        }
    }

    // MARK: Receiving

    /// The next message; nil when the call ended with OK.
    /// - Throws: Any other status; CANCELLED when the task is cancelled.
    public func next() async throws(GRPCStatus) -> ByteBuffer? {
        try await unread.next(
            resume: { self.eventLoop.execute { self.call.value?.resumeReceiving() } },
            onCancel: { self.cancel() }
        )
    }

    /// The trailers of a call that has ended.
    public var trailingMetadata: Metadata? { state.withLock { $0.status?.metadata } }

    // MARK: What the call tells

    func received(_ message: UnsafeRawBufferPointer) {
        if unread.append(message) { call.value?.pauseReceiving() }
    }

    func writable() { resumeWriters() }

    func closed(_ status: GRPCStatus) {
        state.withLock { $0.status = status }
        unread.end(status.code == .ok ? .complete : .failed(status))
        resumeWriters()
        call.value = nil
    }

    private func resumeWriters() {
        let writers = state.withLock { state in
            defer { state.writers = [] }
            return state.writers
        }
        for writer in writers { writer.resume() }
    }
}
