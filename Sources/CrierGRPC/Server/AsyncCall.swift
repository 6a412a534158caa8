public import CrierHTTP2
public import NIOCore
import Synchronization

/// What an `async` method knows of its call.
public struct CallContext: Sendable {
    /// `package.Service/Method`.
    public let method: String
    public let metadata: Metadata
    /// Who calls.
    public let peer: Peer
    /// When the client stops waiting.
    public let deadline: NIODeadline?

    /// Numeric address and port of whoever calls.
    public var peerAddress: String { peer.address }
    /// The verified client certificate in DER form; nil without mutual TLS.
    public var peerCertificate: [UInt8]? { peer.certificateDER }
}

/// The messages of a call in `async` form: read with back-pressure, write with back-pressure.
///
/// The method's task is cancelled when the client cancels, its deadline passes, or the connection is lost.
public final class AsyncCall: ServerCallHandler, Sendable {
    /// A method's body. What it throws becomes the status: a `GRPCStatus` as it is, anything else UNKNOWN.
    public typealias Body = @Sendable (AsyncCall) async throws -> Void

    private struct State {
        /// The last message did not fit; `writable()` will follow.
        var isFull = false
        var end: CallEnd?
        var writers: [CheckedContinuation<Void, Never>] = []
        var closing: CheckedContinuation<Void, Never>?
    }

    public let context: CallContext
    private let eventLoop: any EventLoop
    private let call: NIOLoopBoundBox<ServerCall>
    private let state = Mutex(State())
    private let unread = UnreadMessages()

    init(_ call: ServerCall) {
        context = CallContext(method: call.method, metadata: call.metadata, peer: call.peer, deadline: call.deadline)
        eventLoop = call.eventLoop
        self.call = NIOLoopBoundBox(call, eventLoop: call.eventLoop)
    }

    // MARK: For the method

    /// The next message; nil after the client half-closed. For one task at a time.
    /// - Throws: CANCELLED when the call has ended otherwise, or the task is cancelled.
    public func next() async throws(GRPCStatus) -> ByteBuffer? {
        try await unread.next(resume: { self.eventLoop.execute { self.call.value.resumeReceiving() } })
    }

    /// Bytes of the next message that have come, while it is not whole: shows that a slow client is not a silent one.
    public func partialMessageBytes() async -> Int {
        await withCheckedContinuation { continuation in
            eventLoop.execute { continuation.resume(returning: self.call.value.partialMessageBytes) }
        }
    }

    /// The only message of a unary request.
    /// - Throws: INTERNAL when there is none.
    public func request() async throws(GRPCStatus) -> ByteBuffer {
        guard let message = try await next() else {
            throw GRPCStatus(.internalError, "\(context.method) needs one message and got none")
        }
        return message
    }

    /// From here on, what this call sends yields to the connection's other calls: for answers of many megabytes.
    public func yieldToOthers() { eventLoop.execute { self.call.value.yieldToOthers() } }

    /// Sends a message; waits while the client does not read. Several tasks may send.
    /// - Throws: CANCELLED when the call has ended, or the task is cancelled.
    public func send(_ message: FramedMessage) async throws(GRPCStatus) {
        if state.withLock({ $0.end }) != nil || Task.isCancelled { throw GRPCStatus(.cancelled, "the call has ended") }
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                let call = self.call.value
                call.send(message)
                if call.isOpen, !call.isWritable { self.state.withLock { $0.isFull = true } }
                continuation.resume()
            }
        }
        while mustWait { await waitUntilWritable() }
        if Task.isCancelled { throw GRPCStatus(.cancelled, "the task was cancelled") }
    }

    private var mustWait: Bool { !Task.isCancelled && state.withLock { $0.isFull && $0.end == nil } }

    private func waitUntilWritable() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation before this look is seen here; one after it wakes the continuation.
                let isReady = state.withLock { state in
                    guard state.isFull, state.end == nil, !Task.isCancelled else { return true }
                    state.writers.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            wakeWriters()
        }
    }

    private func wakeWriters() {
        let writers = state.withLock { state in
            defer { state.writers = [] }
            return state.writers
        }
        for writer in writers { writer.resume() }
    }

    // MARK: Running it

    /// Runs `body` until it returns or the call closes, and sends the status.
    func run(_ body: @escaping Body) async {
        let status = await withTaskGroup(of: GRPCStatus?.self) { group in
            group.addTask { await self.status(of: body) }
            group.addTask {
                await self.waitUntilClosed()
                return nil
            }
            var status = await group.next() ?? nil
            if status == nil {
                // The call closed first: the body is told, and its answer has no reader.
                group.cancelAll()
                status = await group.next() ?? nil
            } else {
                stopWaiting()
            }
            return status
        }
        guard let status else { return }
        eventLoop.execute { self.call.value.finish(status) }
    }

    /// Ends a call whose body never ran.
    func refuse(_ status: GRPCStatus) {
        eventLoop.execute { self.call.value.finish(status) }
    }

    private func status(of body: Body) async -> GRPCStatus {
        do {
            try await body(self)
            return .ok
        } catch let status as GRPCStatus {
            return status
        } catch is CancellationError {
            return GRPCStatus(.cancelled, "the method was cancelled")
        } catch {
            return GRPCStatus(.unknown, "\(error)")
        }
    }

    private func waitUntilClosed() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isClosed = state.withLock { state in
                    if state.end != nil || Task.isCancelled { return true }
                    state.closing = continuation
                    return false
                }
                if isClosed { continuation.resume() }
            }
        } onCancel: {
            wakeClosing()
        }
    }

    private func wakeClosing() {
        let closing = state.withLock { state in
            defer { state.closing = nil }
            return state.closing
        }
        closing?.resume()
    }

    private func stopWaiting() {
        let closing = state.withLock { state in
            if state.end == nil { state.end = .finished }
            defer { state.closing = nil }
            return state.closing
        }
        closing?.resume()
    }

    // MARK: ServerCallHandler

    public func received(_ message: UnsafeRawBufferPointer) {
        if unread.append(message) { call.value.pauseReceiving() }
    }

    public func receivedEnd() { unread.end(.complete) }

    public func writable() {
        state.withLock { $0.isFull = false }
        wakeWriters()
    }

    public func closed(_ end: CallEnd) {
        state.withLock { $0.end = end }
        unread.end(.failed(GRPCStatus(.cancelled, "the call has ended")))
        wakeWriters()
        wakeClosing()
    }
}
