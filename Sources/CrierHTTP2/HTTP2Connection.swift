public import NIOCore
import NIOSSL
import NIOTLS

/// What the layer above hears of a connection as a whole. All calls come on its event loop.
public protocol HTTP2ConnectionObserver: AnyObject {
    /// The peer's SETTINGS came: exchanges can be opened. Comes again with each later SETTINGS: the limit may have grown.
    func connectionReady(_ connection: HTTP2Connection)
    /// An exchange is over and off the wire: another can be opened.
    func connectionHasRoom(_ connection: HTTP2Connection)
    /// The peer (GOAWAY) or we began to end it: no new exchanges.
    func connectionDraining(_ connection: HTTP2Connection)
    /// The last call. nil: ended as agreed.
    func connectionClosed(_ connection: HTTP2Connection, error: HTTP2Error?)
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

    /// Makes the receiver of a request. Called on the loop, once an exchange.
    public typealias Acceptor = (Exchange) -> any ExchangeReceiver

    let role: HTTP2Session.Role
    private let settings: ConnectionSettings
    let loop: HTTP2Loop
    /// The loop's; at hand for the callbacks.
    let recorder: EventRecorder
    private let acceptor: Acceptor?
    private let isClearText: Bool
    public weak var observer: (any HTTP2ConnectionObserver)?

    var session: HTTP2Session?
    var context: ChannelHandlerContext?
    public internal(set) var peer = Peer(address: "")
    var phase = Phase.handshaking
    var openedAt: NIODeadline
    var lastReadAt: NIODeadline
    var keepalive = Keepalive()
    var pingPolicy = PingPolicy()
    var floodGuard: FloodGuard
    var ageLimit: NIODeadline?
    var graceEnds: NIODeadline?
    private var partialBlock: PartialHeaderBlock?
    private var unreadBytes = 0
    private var withheldCredit = 0

    // Intrusive lists: of this connection's exchanges, and of the loop's connections.
    private var firstExchange: Exchange?
    public private(set) var openExchanges = 0
    var nextOnLoop: HTTP2Connection?
    unowned(unsafe) var previousOnLoop: HTTP2Connection?

    var isReading = false
    var isDirty = false
    var isFlushing = false
    var directSocket: DirectSocket?
    /// Writes that wait in NIO's queue because the socket was full.
    var waitingWrites: Int32 = 0
    /// The connection closes as soon as its last bytes are out: what comes is not read, nothing is opened.
    var isClosing = false
    /// Frames went out since the sweep last looked.
    var hasSent = false
    var holdsSendBuffer = false
    private var endError: HTTP2Error?

    /// - Parameters:
    ///   - acceptor: Makes the receiver of each request; nil for a client.
    ///   - ageFactor: Spreads the age limits of connections that came together: 0.9 to 1.1, random.
    init(
        role: HTTP2Session.Role, settings: ConnectionSettings, loop: HTTP2Loop, isClearText: Bool,
        acceptor: Acceptor?, ageFactor: Double
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
    var dataFrameByteLimit: Int { settings.limits.dataFrameBytes }

    // MARK: Channel

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        if context.channel.isActive { start(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard session == nil, phase == .handshaking else { return }
        guard !isClosing else { return context.close(promise: nil) }
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
        flush()
        context.fireChannelReadComplete()
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if canWrite(context) { flush() }
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        teardown(endError ?? HTTP2Error(.noError, .network, "the connection was closed"))
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(HTTP2Error(.connectError, .network, "\(error)"))
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        teardown(HTTP2Error(.noError, .local, "the connection was taken down"))
        self.context = nil
    }

    // MARK: Events

    func record(_ event: HTTP2Event) { recorder.events.append(event) }

    func recordHeaders(of exchange: Exchange) {
        let fields = recorder.endBlock()
        record(.headers(exchange, fields: fields, isTruncated: recorder.blockIsTruncated))
    }

    /// Bytes for a stream that is gone still used the connection's window.
    func recordOrphanData(_ count: Int) { withheldCredit += count }

    func sentDataFrame() {
        floodGuard.sentDataFrame(settings.limits)
        if role == .server { pingPolicy.sentFrame() }
    }

    func sentHeadersFrame() {
        if role == .server { pingPolicy.sentFrame() }
    }

    func makeExchange(streamID: Int32) -> Exchange {
        let exchange = Exchange(connection: self, streamID: streamID)
        link(exchange)
        return exchange
    }

    /// Acts on what the session recorded, and on what that records in turn. Never called from within itself: the recorder is
    /// the loop's. Once the connection is closed, every exchange has heard of it and the rest means nothing.
    func dispatchEvents() {
        var index = 0
        while index < recorder.events.count, phase != .closed {
            let event = recorder.events[index]
            index += 1
            handle(event)
        }
        if let partial = recorder.takePartialBlock() { partialBlock = partial }
        recorder.reset()
        if withheldCredit > 0, unreadBytes < limits.unreadBytes {
            session?.consumeConnection(withheldCredit)
            withheldCredit = 0
        }
    }

    private func handle(_ event: HTTP2Event) {
        switch event {
        case .headers(let exchange, let fields, let isTruncated): deliverHeaders(exchange, fields, isTruncated)
        case .data(let exchange, let bytes): exchange.deliver(bytes)
        case .ended(let exchange): exchange.deliverEnd()
        case .drained(let exchange): exchange.receiver?.writable()
        case .endSent(let exchange): exchange.stopRequest()
        case .closed(let exchange, let code): close(exchange, code)
        case .settings: receivedSettings()
        case .ping: receivedPing()
        case .pingAcknowledged: receivedPingAcknowledgement()
        case .goAway(_, let code, let debugData): receivedGoAway(code, debugData)
        case .controlFrame: admit(.control, "control frames")
        case .emptyData: admit(.emptyData, "empty DATA frames")
        case .windowUpdate: admit(.windowUpdate, "WINDOW_UPDATE frames")
        case .invalidFrame: admit(.streamError, "invalid frames")
        }
    }

    private func deliverHeaders(_ exchange: Exchange, _ fields: Range<Int>, _ isTruncated: Bool) {
        if exchange.receiver == nil, let acceptor, !exchange.hasReceivedHead {
            exchange.receiver = acceptor(exchange)
        }
        guard let receiver = exchange.receiver else { return }
        recorder.headerBytes.withUnsafeBufferPointer { bytes in
            recorder.headerFields.withUnsafeBufferPointer { all in
                // An empty block has no bytes; its pointer is never read.
                let base = bytes.baseAddress ?? UnsafePointer(bitPattern: 1)!
                let block = HeaderBlock(
                    bytes: base, fields: UnsafeBufferPointer(rebasing: all[fields]), isTruncated: isTruncated
                )
                if exchange.hasReceivedHead {
                    receiver.receivedTrailers(block)
                } else if role == .client, block.isInterimResponse {
                    return
                } else {
                    exchange.hasReceivedHead = true
                    receiver.receivedHead(block)
                }
            }
        }
    }

    private func close(_ exchange: Exchange, _ code: UInt32) {
        unlink(exchange)
        let error = HTTP2Error.Code(rawValue: code)
        exchange.finish(error == .noError ? nil : HTTP2Error(error, .peer, "the stream was reset"))
        if role == .client { observer?.connectionHasRoom(self) }
        if case .draining = phase, openExchanges == 0 { closeAfterWrites() }
    }

    private func receivedSettings() {
        admit(.control, "SETTINGS frames")
        guard phase == .handshaking || phase == .active else { return }
        phase = .active
        observer?.connectionReady(self)
    }

    private func receivedPing() {
        admit(.control, "PING frames")
        guard role == .server, pingPolicy.receivedPing(at: loop.now, hasCalls: openExchanges > 0, settings.keepalive)
        else { return }
        // The text is what gRPC clients look for (gRFC A8).
        end(HTTP2Error(.enhanceYourCalm, .peer, "too_many_pings"))
    }

    private func receivedGoAway(_ code: UInt32, _ debugData: [UInt8]) {
        let text = String(decoding: debugData, as: UTF8.self)
        if code != 0 { endError = HTTP2Error(.init(rawValue: code), .peer, text) }
        guard phase == .active || phase == .handshaking else { return }
        phase = .draining
        observer?.connectionDraining(self)
        if openExchanges == 0 { closeAfterWrites() }
    }

    private func admit(_ kind: FloodGuard.Kind, _ name: String) {
        guard phase != .closed, !floodGuard.admits(kind, at: loop.now, settings.limits) else { return }
        end(HTTP2Error(.enhanceYourCalm, .peer, "too many \(name)"))
    }

    // MARK: Flow control

    func consumeStream(_ exchange: Exchange, _ count: Int) {
        session?.consumeStream(exchange.streamID, count)
        if !isReading { needsFlush() }
    }

    func consumeConnection(_ count: Int) { session?.consumeConnection(count) }

    /// A paused exchange keeps bytes. Up to the limit they do not count against the others' window.
    func holdUnread(_ count: Int) {
        unreadBytes += count
        if unreadBytes <= limits.unreadBytes { consumeConnection(count) } else { withheldCredit += count }
    }

    func releaseUnread(_ count: Int) {
        unreadBytes -= count
        guard withheldCredit > 0, unreadBytes <= limits.unreadBytes else { return }
        consumeConnection(withheldCredit)
        withheldCredit = 0
        needsFlush()
    }

    // MARK: What exchanges ask

    func submitResponse(_ exchange: Exchange, _ head: HeaderList, body: Bool) {
        _ = session?.submitResponse(exchange, head, body: body)
        needsFlush()
    }

    func resumeData(_ exchange: Exchange) { session?.resumeData(exchange.streamID) }

    func reset(_ exchange: Exchange, _ code: HTTP2Error.Code) {
        session?.reset(exchange.streamID, code)
        needsFlush()
    }

    func makeBulk(_ exchange: Exchange) { session?.makeBulk(exchange.streamID) }

    /// Opens an exchange (client). nil when the connection takes no more: draining, or the peer's limit is reached.
    public func open(_ head: HeaderList, receiver: any ExchangeReceiver) -> Exchange? {
        guard hasRoom else { return nil }
        let exchange = Exchange(connection: self, streamID: 0)
        exchange.isHeadSent = true
        guard let streamID = session!.submitRequest(exchange, head) else { return nil }
        exchange.streamID = streamID
        exchange.receiver = receiver
        link(exchange)
        needsFlush()
        return exchange
    }

    /// Whether `open` would find room.
    public var hasRoom: Bool {
        phase == .active && !isClosing && session!.remainingStreams(open: openExchanges) > 0
    }

    private func link(_ exchange: Exchange) {
        exchange.next = firstExchange
        firstExchange?.previous = exchange
        firstExchange = exchange
        openExchanges += 1
    }

    private func unlink(_ exchange: Exchange) {
        guard exchange.previous != nil || firstExchange === exchange else { return }
        if let previous = exchange.previous { previous.next = exchange.next } else { firstExchange = exchange.next }
        exchange.next?.previous = exchange.previous
        exchange.next = nil
        exchange.previous = nil
        openExchanges -= 1
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
        session = nil
        return true
    }

    /// Ends the connection at once, telling the peer why.
    func end(_ error: HTTP2Error) {
        guard phase != .closed, !isClosing else { return }
        endError = error
        guard session != nil else {
            // Not connected yet, or no channel yet: then `start` closes it.
            isClosing = true
            context?.close(promise: nil)
            return
        }
        session?.submitGoAway(error.code, debugData: error.message)
        flushNow()
        closeAfterWrites()
    }

    /// Ends the connection without a word: the socket is of no use.
    func fail(_ error: HTTP2Error) {
        guard phase != .closed else { return }
        endError = endError ?? error
        context?.close(promise: nil)
    }

    func closeAfterWrites() {
        guard let context, phase != .closed, !isClosing else { return }
        isClosing = true
        graceEnds = eventLoop.now + Limit.lastWrite
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
    }

    private func teardown(_ error: HTTP2Error) {
        guard phase != .closed else { return }
        phase = .closed
        loop.remove(self)
        // First the session, so that nothing below can submit to it; then every exchange hears of the end.
        session = nil
        while let exchange = firstExchange {
            unlink(exchange)
            // Whoever ended it: for an exchange, its connection was lost.
            exchange.finish(HTTP2Error(error.code, .network, error.message))
        }
        observer?.connectionClosed(self, error: endError)
    }
}

extension HeaderBlock {
    /// A 1xx response (RFC 9110 §15.2).
    fileprivate var isInterimResponse: Bool {
        var isInterim = false
        forEach { name, value in
            if name.equals(":status"), value.count == 3, value[0] == UInt8(ascii: "1") { isInterim = true }
        }
        return isInterim
    }
}
