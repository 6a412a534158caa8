public import CrierHTTP2
public import NIOCore

/// One call as its method sees it. Belongs to the connection's event loop: every member is used there only.
///
///     head received ──▶ open ──▶ finishing (status queued) ──▶ closed
///
/// After the call has closed, its verbs do nothing.
public final class ServerCall: ExchangeReceiver {
    private let exchange: Exchange
    /// The connection's acceptor, held by it, and so for as long as the exchange: all loops would count references to
    /// it.
    private let server: Unmanaged<ServerCore>
    private var handler: (any ServerCallHandler)?
    /// Of the server's table.
    private var serverMethod: Unmanaged<ServerMethod>?
    /// The method is in unary form, which has no handler, and the call goes on.
    private var awaitsAnswer = false
    private var isAsked = false
    // Unchecked: while it hands out messages, nothing calls it again, since an exchange delivers nothing from within a
    // delivery.
    @exclusivity(unchecked) private var deframer: MessageDeframer
    private var deadlineTimer: Scheduled<Void>?
    private var answersGzip = false
    private var isHeadSent = false
    private var isFinishing = false

    /// `package.Service/Method`.
    public var method: String { serverMethod?._withUnsafeGuaranteedRef { $0.name } ?? "" }
    /// What the client sent beside the fields of the protocol.
    // Unchecked, as the deadline: set once, read as a whole.
    @exclusivity(unchecked) public private(set) var metadata = Metadata()
    /// When the client stops waiting; nil when it waits for ever.
    @exclusivity(unchecked) public private(set) var deadline: NIODeadline?

    init(_ exchange: Exchange, server: ServerCore) {
        self.exchange = exchange
        self.server = .passUnretained(server)
        deframer = MessageDeframer(limit: server.limits.inboundMessageBytes)
    }

    public var eventLoop: any EventLoop { exchange.eventLoop }

    /// Who calls.
    public var peer: Peer { exchange.peer }

    /// Numeric address and port of whoever calls.
    public var peerAddress: String { exchange.peer.address }

    /// The smoothed round-trip time to the caller, as the kernel measures it; nil when it is not known. A system call.
    public var roundTrip: TimeAmount? { exchange.roundTrip }

    /// The verified client certificate in DER form; nil without mutual TLS.
    public var peerCertificate: [UInt8]? { exchange.peer.certificateDER }

    /// The objects that carry the call on the wire: to prefetch and for nothing else.
    public var carriers: (AnyObject, AnyObject) { exchange.carriers }

    /// Messages can still be sent.
    public var isOpen: Bool { !isFinishing && exchange.isOpen }

    // MARK: Sending

    /// Bytes given to `send` that are not yet in the socket's buffer.
    public var bufferedBytes: Int { exchange.bufferedBytes }

    /// Below the high-water mark; otherwise the handler's `writable()` will be called.
    public var isWritable: Bool { exchange.isWritable }

    /// When the oldest message that is not yet in the socket's buffer was sent; nil when nothing waits.
    public var stalledSince: NIODeadline? { exchange.oldestBufferedAt }

    /// Downloads are `.bulk`: they yield to the connection's other calls.
    public func setTrafficClass(_ trafficClass: TrafficClass) { exchange.setTrafficClass(trafficClass) }

    /// Makes this a `.bulk` call, for layers that do not know HTTP/2's types.
    public func yieldToOthers() { setTrafficClass(.bulk) }

    /// Sends the initial metadata now; otherwise the first message does, without any.
    public func sendInitialMetadata(_ metadata: Metadata) {
        guard !metadata.isEmpty else { return sendInitialMetadata() }
        sendHead(ResponseHeads.initial(metadata, gzip: answersGzip))
    }

    /// The same, with none.
    public func sendInitialMetadata() { sendHead(answersGzip ? ResponseHeads.grpcGzip : ResponseHeads.grpc) }

    private func sendHead(_ head: @autoclosure () -> HeaderList) {
        guard !isHeadSent, isOpen else { return }
        isHeadSent = true
        exchange.sendHead(head())
    }

    /// Queues a message.
    public func send(_ message: FramedMessage) {
        guard isOpen else { return }
        sendInitialMetadata()
        let message = answersGzip ? message.gzipped() : message
        exchange.send(message.bytes)
        if let tail = message.tail { exchange.send(tail) }
    }

    /// Queues a message of `size` bytes, all of which `write` writes. A small one costs no allocation.
    public func send(_ size: Int, write: (UnsafeMutableRawPointer) -> Void) {
        guard isOpen else { return }
        guard !answersGzip else { return send(FramedMessage(payloadSize: size, write: write)) }
        sendInitialMetadata()
        exchange.send(FramedMessage.prefixBytes + size) { target in
            FramedMessage.writePrefix(size, to: target)
            write(target + FramedMessage.prefixBytes)
        }
    }

    /// Queues a message that is in the length-prefixed form already.
    public func send(framed bytes: UnsafeRawBufferPointer) {
        guard isOpen, let start = bytes.baseAddress else { return }
        guard !answersGzip else { return send(FramedMessage(framed: ByteBuffer(bytes: bytes))) }
        sendInitialMetadata()
        exchange.send(bytes.count) { $0.copyMemory(from: start, byteCount: bytes.count) }
    }

    /// Ends the call with a status, after what is queued.
    public func finish(_ status: GRPCStatus = .ok) {
        guard isOpen else { return }
        isFinishing = true
        if isHeadSent {
            exchange.sendEnd(trailers: status == .ok ? ResponseHeads.okTrailers : ResponseHeads.trailers(status))
        } else {
            exchange.sendHead(ResponseHeads.trailersOnly(status), endStream: true)
        }
    }

    // MARK: Receiving

    /// Bytes of a message that is not whole yet.
    var partialMessageBytes: Int { deframer.partialBytes }

    /// Stops the peer once its window is used up. Messages of the read that is being handled still come.
    public func pauseReceiving() { exchange.pauseReceiving() }

    /// Goes on.
    public func resumeReceiving() { exchange.resumeReceiving() }

    public func receivedHead(_ block: HeaderBlock) {
        let head = RequestHead(block, server: server)
        guard !block.isTruncated else { return refuseLargeHead(isGRPC: head.isGRPC) }
        guard head.isGRPC else { return refuseHTTP(head) }
        guard head.isPost, let found = head.method else {
            return finish(GRPCStatus(.unimplemented, "unknown method \(block.first(":path") ?? "")"))
        }
        if let refusal = Self.refusal(head) { return finish(refusal) }
        serverMethod = found
        if !head.metadata.isEmpty { metadata = head.metadata }
        deframer.allowsGzip = head.usesGzip
        answersGzip = head.usesGzip && head.acceptsGzip
        startDeadline(head.timeout)
        found._withUnsafeGuaranteedRef { start($0) }
    }

    private func start(_ method: ServerMethod) {
        guard method.answer == nil else { return awaitsAnswer = true }
        switch method.form {
        case .callbacks(let start): handler = start(self)
        case .async(let body): startAsync(body)
        case .unary: break
        }
    }

    private func startAsync(_ body: @escaping AsyncCall.Body) {
        let call = AsyncCall(self)
        let work = AsyncCalls.Work(run: { await call.run(body) }, refuse: { call.refuse(Self.stopped) })
        if starts(work) { handler = call }
    }

    /// For a method in callback form that for once must wait: runs `work` as a child of the server's task. False: too
    /// many run already, or the server stops, and the call ends with RESOURCE_EXHAUSTED or UNAVAILABLE instead.
    @discardableResult
    public func runAside(_ work: @escaping @Sendable () async -> Void) -> Bool {
        let (eventLoop, call) = (eventLoop, NIOLoopBound(self, eventLoop: eventLoop))
        let refuse: @Sendable () -> Void = { eventLoop.execute { call.value.finish(Self.stopped) } }
        return starts(AsyncCalls.Work(run: work, refuse: refuse))
    }

    /// False: the call has ended.
    private func starts(_ work: AsyncCalls.Work) -> Bool {
        let server = server.takeUnretainedValue()
        switch server.asyncCalls.start(work) {
        case .accepted: return true
        case .full: finish(GRPCStatus(.resourceExhausted, "\(server.limits.asyncCalls) calls run already"))
        case .stopped: finish(Self.stopped)
        }
        return false
    }

    private static let stopped = GRPCStatus(.unavailable, "the server stops")

    private static func refusal(_ head: borrowing RequestHead) -> GRPCStatus? {
        if let encoding = head.unknownEncoding {
            let allowed: Metadata = ["grpc-accept-encoding": "identity,gzip"]
            return GRPCStatus(
                .unimplemented, "grpc-encoding \(encoding) is unknown; identity and gzip are allowed", metadata: allowed
            )
        }
        if head.hasBadTimeout {
            return GRPCStatus(
                .internalError, "grpc-timeout is malformed; up to 8 digits and one of n u m S M H are allowed")
        }
        return nil
    }

    /// Not gRPC: an answer that an HTTP client understands.
    private func refuseHTTP(_ head: borrowing RequestHead) {
        isFinishing = true
        exchange.sendHead(head.isPost ? ResponseHeads.unsupportedMediaType : ResponseHeads.notFound)
        exchange.send(ByteBuffer(string: "This port speaks gRPC (content-type application/grpc).\n"))
        exchange.sendEnd()
    }

    /// Fields are missing, the content-type perhaps: then the answer is one for gRPC and for plain HTTP (RFC 6585 §5).
    private func refuseLargeHead(isGRPC: Bool) {
        let status = GRPCStatus(.resourceExhausted, "the request's header fields are larger than the limit")
        guard !isGRPC else { return finish(status) }
        isFinishing = true
        exchange.sendHead(ResponseHeads.fieldsTooLarge(status), endStream: true)
    }

    private func startDeadline(_ timeout: TimeAmount?) {
        guard let timeout else { return }
        let deadline = eventLoop.now + timeout
        self.deadline = deadline
        deadlineTimer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.deadlinePassed() }
    }

    private func deadlinePassed() {
        if exchange.isOpen, exchange.bufferedBytes > 0 {
            // A status would wait behind what the client does not read, and nobody waits for that any more.
            isFinishing = true
            exchange.reset(.cancel)
        } else {
            guard isOpen else { return }
            finish(GRPCStatus(.deadlineExceeded, "the deadline passed"))
        }
        releaseHandler(.deadlineExceeded)
    }

    public func receivedData(_ bytes: UnsafeRawBufferPointer) {
        guard isServed, !isFinishing else { return }
        if let message = deframer.wholeMessage(in: bytes) { return received(message) }
        do throws(GRPCStatus) {
            try deframer.receive(bytes) { received($0) }
        } catch {
            finish(error)
        }
    }

    private var isServed: Bool { awaitsAnswer || handler != nil }

    private func received(_ message: UnsafeRawBufferPointer) {
        guard !isFinishing else { return }
        guard awaitsAnswer else { handler?.received(message); return }
        guard !isAsked else {
            return finish(GRPCStatus(.internalError, "\(method) takes one message and got a second"))
        }
        isAsked = true
        serverMethod?._withUnsafeGuaranteedRef { $0.answer?(self, message) }
    }

    public func receivedTrailers(_ block: HeaderBlock) {}

    public func receivedEnd() {
        guard isServed, !isFinishing else { return }
        guard !deframer.isMidMessage else {
            return finish(GRPCStatus(.internalError, "the stream ended within a message"))
        }
        guard !awaitsAnswer || isAsked else {
            return finish(GRPCStatus(.internalError, "\(method) takes one message and got none"))
        }
        handler?.receivedEnd()
    }

    public func writable() { handler?.writable() }

    public func closed(_ error: HTTP2Error?) {
        deadlineTimer?.cancel()
        deadlineTimer = nil
        isFinishing = true
        switch error {
        case nil: releaseHandler(.finished)
        case let error? where error.origin == .network: releaseHandler(.connectionLost)
        default: releaseHandler(.cancelled)
        }
    }

    private func releaseHandler(_ end: CallEnd) {
        awaitsAnswer = false
        handler.take()?.closed(end)
    }
}
