import Glibc
public import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// What the layer above hears of a connection as a whole. All calls come on its event loop.
public protocol HTTP2ConnectionObserver: AnyObject {
    /// The peer's SETTINGS came: exchanges can be opened. Comes again with each later SETTINGS: the limit may have
    /// grown.
    func connectionReady(_ connection: HTTP2Connection)
    /// An exchange is over and off the wire: another can be opened.
    func connectionHasRoom(_ connection: HTTP2Connection)
    /// The peer (GOAWAY) or we began to end it: no new exchanges.
    func connectionDraining(_ connection: HTTP2Connection)
    /// The last call. nil: ended as agreed.
    func connectionClosed(_ connection: HTTP2Connection, error: HTTP2Error?)
}

/// Takes the requests that come on a server's connections. Called on the loop of each.
public protocol ExchangeAcceptor: AnyObject {
    /// Makes the receiver of a request. Called once for each exchange.
    func accept(_ exchange: Exchange) -> any ExchangeReceiver
}

/// What all connections of a server, or of a connector, share: each holds a reference and no copy.
final class ConnectionSettings: Sendable {
    let limits: HTTP2Limits
    let keepalive: KeepaliveConfiguration

    init(limits: HTTP2Limits, keepalive: KeepaliveConfiguration) {
        self.limits = limits
        self.keepalive = keepalive
    }
}

/// One HTTP/2 connection, server or client: feeds the session what comes, acts on its events, and flushes once for each
/// read of the socket, all streams together.
///
///     handshaking ──▶ active ──▶ noticed (GOAWAY 2³¹-1 and PING sent) ──▶ draining (last GOAWAY) ──▶ closed
public final class HTTP2Connection: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = IOData

    enum Phase: Equatable {
        case handshaking
        case active
        case noticed(since: NIODeadline)
        case draining
        case closed
    }

    // What each message touches comes first, so that it shares few cache lines (`Prefetch`).
    let loop: HTTP2Loop
    let settings: ConnectionSettings
    /// The loop's; at hand for the callbacks.
    let recorder: EventRecorder
    let role: HTTP2Session.Role
    var isReading = false
    /// Events are being acted on; they may name exchanges that have ended.
    var isDispatching = false
    var isDirty = false
    var isFlushing = false
    /// The connection closes as soon as its last bytes are out: what comes is not read, nothing is opened.
    var isClosing = false
    /// Frames went out since the sweep last looked.
    var hasSent = false
    var holdsSendBuffer = false
    /// Writes that wait in NIO's queue because the socket was full.
    var waitingWrites: Int32 = 0
    var directSocket: DirectSocket?
    var phase = Phase.handshaking
    // Unchecked: what runs within a use of the session are nghttp2's callbacks, which do not know this variable.
    @exclusivity(unchecked) var session: HTTP2Session?

    // Intrusive lists: of those exchanges that were given something to send, of those that the connection is about to
    // let go of, of all of them, and of the loop's connections. The first three hold each exchange by one reference
    // together, which passes from the last to the others: a unary call enters and leaves each of them once.
    // Unchecked, these and the next ones: they are stored and read as a whole.
    @exclusivity(unchecked) var firstTouched: Unmanaged<Exchange>?
    @exclusivity(unchecked) var firstUnlinked: Unmanaged<Exchange>?
    var pingPolicy = PingPolicy()
    var floodGuard: FloodGuard
    /// Taken by exchanges while events are acted on; the peer gets its credit for all of it at once.
    var deliveredBytes = 0
    var withheldCredit = 0
    /// What follows `waitingWrites`; nil when nothing does. At most what one flush gave, and last words.
    var unsent: CircularBuffer<OutboundQueue.Segment>?

    @exclusivity(unchecked) var firstExchange: Unmanaged<Exchange>?
    /// The stream that nghttp2 told of last, while it is open.
    @exclusivity(unchecked) var latestStream: (id: Int32, exchange: Unmanaged<Exchange>)?
    @exclusivity(unchecked) public internal(set) var openExchanges = 0
    var lastReadAt: NIODeadline
    let acceptor: (any ExchangeAcceptor)?
    var nextOnLoop: HTTP2Connection?
    unowned(unsafe) var previousOnLoop: HTTP2Connection?
    var context: ChannelHandlerContext?
    public weak var observer: (any HTTP2ConnectionObserver)?
    var unreadBytes = 0
    var partialBlock: PartialHeaderBlock?
    private let isClearText: Bool
    var keepalive = Keepalive()
    var openedAt: NIODeadline
    var ageLimit: NIODeadline?
    var graceEnds: NIODeadline?
    public internal(set) var peer = Peer(address: "")
    var endError: HTTP2Error?

    /// - Parameters:
    ///   - acceptor: Takes the requests; nil for a client.
    ///   - ageFactor: Spreads the age limits of connections that came together: 0.9 to 1.1, random.
    init(
        role: HTTP2Session.Role, settings: ConnectionSettings, loop: HTTP2Loop, isClearText: Bool,
        acceptor: (any ExchangeAcceptor)?, ageFactor: Double
    ) {
        self.isClearText = isClearText
        self.role = role
        self.settings = settings
        self.loop = loop
        recorder = loop.recorder
        self.acceptor = acceptor
        floodGuard = FloodGuard(settings.limits)
        openedAt = loop.eventLoop.now
        lastReadAt = openedAt
        ageLimit = settings.keepalive.maximumAge.map {
            openedAt + .nanoseconds(Int64(Double($0.nanoseconds) * ageFactor))
        }
    }

    public var eventLoop: any EventLoop { loop.eventLoop }
    var limits: HTTP2Limits { settings.limits }
    var keepaliveConfiguration: KeepaliveConfiguration { settings.keepalive }
    // Asked for with each field and frame: without copying the rest.
    var headerByteLimit: Int { settings.limits.headerBytes }
    /// An eighth: nghttp2 grants the peer what was consumed when it is half of the window, so that is never missed.
    var streamCreditStep: Int { Int(settings.limits.streamWindow) / 8 }
    var dataFrameByteLimit: Int { settings.limits.dataFrameBytes }

    // MARK: Channel

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if phase != .closed { loop.add(self) }
        if context.channel.isActive { start(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard !isClosing else { return context.close(promise: nil) }
        guard session == nil, phase == .handshaking else { return }
        peer.address = context.channel.remoteAddress.map(Self.describe) ?? "unknown"
        if isClearText { directSocket = DirectSocket(context.channel) }
        do {
            let context = Unmanaged.passUnretained(self).toOpaque()
            session = try HTTP2Session(role: role, context: context, limits: limits, slab: loop.slab)
            flush()
        } catch {
            fail(HTTP2Error(.internalError, .local, "no HTTP/2 session: \(error)"))
        }
    }

    private static func describe(_ address: SocketAddress) -> String {
        guard let ip = address.ipAddress, let port = address.port else { return "\(address)" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            // RFC 9113 §3.2: HTTP/2 over TLS is chosen by ALPN, nothing else.
            guard negotiated == "h2" else {
                return fail(HTTP2Error(.http11Required, .peer, "TLS peer did not choose h2 by ALPN"))
            }
            readPeerCertificate(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func readPeerCertificate(_ context: ChannelHandlerContext) {
        guard role == .server, let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        else {
            return
        }
        peer.certificateDER = try? tls.peerCertificate?.toDERBytes()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard session != nil, phase != .closed, !isClosing else { return }
        loop.readClock()
        lastReadAt = loop.now
        isReading = true
        if let partial = partialBlock {
            partialBlock = nil
            recorder.resume(partial)
        }
        buffer.withUnsafeReadableBytes { bytes in
            do throws(HTTP2Session.Failure) {
                try session!.receive(bytes)
                dispatchEvents()
            } catch {
                dispatchEvents()
                receiveFailed(error, bytes)
                // What the last write recorded must not wait for another connection's turn.
                dispatchEvents()
            }
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        needsFlush()
        context.fireChannelReadComplete()
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if canWrite { flush() }
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        teardown(endError ?? HTTP2Error(.noError, .network, "the connection was closed"))
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(HTTP2Error(.connectError, .network, Self.reason(error)))
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        teardown(HTTP2Error(.noError, .local, "the connection was taken down"))
        self.context = nil
    }

    // MARK: The end

    private func receiveFailed(_ failure: HTTP2Session.Failure, _ bytes: UnsafeRawBufferPointer) {
        if failure.isBadClientMagic, phase == .handshaking, answerHTTP1(bytes) { return closeAfterWrites() }
        end(HTTP2Error(.protocolError, .peer, failure.message))
    }

    /// Tells a client that speaks HTTP/1 what this port is for. False when it does not look like one.
    private func answerHTTP1(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let context, let first = bytes.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
            return false
        }
        let text = "This port speaks gRPC over HTTP/2.\n"
        let head = "HTTP/1.1 505 HTTP Version Not Supported\r\ncontent-type: text/plain\r\nconnection: close\r\n"
        let answer = head + "content-length: \(text.utf8.count)\r\n\r\n" + text
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(string: answer))), promise: nil)
        dropSession()
        return true
    }

    /// Ends the connection at once, telling the peer why.
    func end(_ error: HTTP2Error) {
        guard phase != .closed, !isClosing else { return }
        endError = error
        guard session != nil else {
            isClosing = true
            // Without a channel: who dials finds that it is not wanted any more.
            guard let context else { return teardown(error) }
            return context.close(promise: nil)
        }
        session?.submitGoAway(error.code, debugData: error.message)
        flushNow()
        closeAfterWrites(lingers: error.origin == .peer)
    }

    /// There is no socket.
    func dialFailed(_ error: any Error) {
        endError = HTTP2Error(.connectError, .network, Self.reason(error))
        teardown(endError!)
    }

    /// What the system says of each address, without NIO's words around it.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        let refusals = error.connectionErrors.map(\.error)
        let all = refusals.isEmpty ? [error.dnsAError, error.dnsAAAAError].compactMap { $0 } : refusals
        return Set(all.map(reason)).sorted().joined(separator: "; ")
    }

    /// Ends the connection without a word: the socket is of no use.
    func fail(_ error: HTTP2Error) {
        guard phase != .closed else { return }
        endError = endError ?? error
        context?.close(promise: nil)
    }

    /// - Parameter lingers: The peer may still be sending: a socket that is closed with bytes unread makes the kernel
    ///   reset the connection, and the peer may lose our last words. So what comes is taken and thrown away for a
    ///   while.
    func closeAfterWrites(lingers: Bool = false) {
        guard let context, phase != .closed, !isClosing else { return }
        isClosing = true
        graceEnds = eventLoop.now + limits.lastWrite
        handOverUnsent(to: context)
        let written = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        let ended = lingers ? written.futureResult.flatMap { channel.close(mode: .output) } : written.futureResult
        ended.assumeIsolated()
            .whenComplete { result in
                if case .success = result, lingers { return }
                context.close(promise: nil)
            }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
    }

    private func dropSession() {
        session = nil
        latestStream = nil
    }

    private func teardown(_ error: HTTP2Error) {
        guard phase != .closed else { return }
        phase = .closed
        loop.remove(self)
        unsent = nil
        // First the session, so that nothing below can submit to it; then every exchange hears of the end.
        dropSession()
        while let exchange = firstExchange?.takeUnretainedValue() {
            unlink(exchange)
            // Whoever ended it: for an exchange, its connection was lost.
            exchange.finish(HTTP2Error(error.code, .network, error.message))
        }
        // No flush follows that would empty the list, or let go of what it keeps.
        settleTouched()
        if !isDispatching { releaseUnlinked() }
        observer?.connectionClosed(self, error: endError)
    }
}
