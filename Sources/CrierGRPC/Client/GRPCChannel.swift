import CrierHTTP2
public import NIOCore

/// A client's way to a gRPC server: one connection that all calls share, made when the first call needs it and made
/// again, with gRPC's backoff and jitter, when it is lost.
///
/// With several targets the first that answers is taken, in the order given.
public final class GRPCChannel: Sendable {
    public let eventLoop: any EventLoop
    private let configuration: ChannelConfiguration
    private let core: NIOLoopBoundBox<ChannelCore>

    /// - Parameters:
    ///   - targets: At least one.
    ///   - group: The channel lives on one of its loops.
    public init(targets: [HostPort], configuration: ChannelConfiguration = .init(), group: any EventLoopGroup) {
        let eventLoop = group.next()
        self.eventLoop = eventLoop
        self.configuration = configuration
        let connector = HTTP2Connector(group: eventLoop, configuration: configuration.http2)
        core = .makeBoxSendingValue(
            ChannelCore(targets: targets, configuration: configuration, connector: connector, eventLoop: eventLoop),
            eventLoop: eventLoop
        )
    }

    /// One request, one response.
    /// - Parameter method: `package.Service/Method`.
    /// - Throws: The call's status when it is not OK; UNAVAILABLE when there is no connection; CANCELLED when the task
    ///   is.
    public func unary(
        _ method: String, _ request: FramedMessage, options: CallOptions = .init()
    ) async throws(GRPCStatus) -> ByteBuffer {
        let stream = open(method, options: options)
        stream.sendLast(request)
        guard let response = try await stream.next() else {
            throw GRPCStatus(.internalError, "\(method) answered OK without a message")
        }
        guard try await stream.next() == nil else {
            stream.cancel()
            throw GRPCStatus(.internalError, "\(method) answered with more than one message")
        }
        return response
    }

    /// One request, one response, without waiting: calls of one thread begin in the order in which they are made.
    /// - Parameters:
    ///   - method: `package.Service/Method`.
    ///   - completion: Called once, on the channel's event loop, with what the other form returns or throws. It must
    ///     not wait.
    public func unary(
        _ method: String, _ request: FramedMessage, options: CallOptions = .init(),
        completion: @escaping @Sendable (Result<ByteBuffer, GRPCStatus>) -> Void
    ) {
        let deadline = options.timeout.map { NIODeadline.now() + TimeAmount($0) }
        let limits = configuration.limits
        let core = self.core
        let eventLoop = self.eventLoop
        eventLoop.execute {
            let handler = UnaryCallback(method, on: eventLoop, completion)
            let call = ClientCall(
                path: "/\(method)", options: options, limits: limits, deadline: deadline, handler: handler
            )
            handler.begin(call, request) { core.value.start(call) }
        }
    }

    /// Begins a call with any number of messages in both directions. Returns at once; failures come from its verbs.
    public func open(_ method: String, options: CallOptions = .init()) -> ClientStream {
        let deadline = options.timeout.map { NIODeadline.now() + TimeAmount($0) }
        let stream = ClientStream(eventLoop: eventLoop)
        let limits = configuration.limits
        let core = self.core
        eventLoop.execute {
            let call = ClientCall(
                path: "/\(method)", options: options, limits: limits, deadline: deadline, handler: stream
            )
            stream.attach(call)
            core.value.start(call)
        }
        return stream
    }

    /// Begins a call whose handler is called on the channel's loop, for callers who live there themselves: no task, no
    /// hop. Call it on that loop. The handler may hear that the call has ended before this returns.
    public func begin(
        _ method: String, options: CallOptions = .init(), handler: any LoopCallHandler
    ) -> LoopCall {
        let deadline = options.timeout.map { NIODeadline.now() + TimeAmount($0) }
        let call = ClientCall(
            path: "/\(method)", options: options, limits: configuration.limits, deadline: deadline,
            handler: LoopCall.Ear(handler)
        )
        core.value.start(call)
        return LoopCall(call)
    }

    /// Ends the current connection once its calls are over, and dials these targets from now on (the old ones when
    /// empty).
    public func redirect(to targets: [HostPort]) {
        let core = self.core
        eventLoop.execute { core.value.redirect(to: targets) }
    }

    /// Ends all calls and connections.
    public func shutdown() async {
        try? await close().get()
    }

    /// The same for callers that do not wait; the future is done when all connections are closed.
    @discardableResult
    public func close() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let core = self.core
        eventLoop.execute { core.value.shutdown(promise) }
        return promise.futureResult
    }
}
