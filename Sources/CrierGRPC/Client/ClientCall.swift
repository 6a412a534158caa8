import CrierHTTP2
import NIOCore

/// What a caller hears of its call. All calls come on the channel's event loop.
protocol ClientCallHandler: AnyObject {
    func received(_ message: UnsafeRawBufferPointer)
    func writable()
    /// The last call, exactly one.
    func closed(_ status: GRPCStatus)
}

/// One call on a connection, or one that waits for it. Belongs to the channel's event loop.
///
///     waiting ──(connection)──▶ open ──▶ closed
///        ▲                       │
///        └──(refused, once)──────┘
final class ClientCall: ExchangeReceiver {
    let path: String
    let options: CallOptions
    private let deadline: NIODeadline?
    private var handler: (any ClientCallHandler)?
    private var exchange: Exchange?
    private var deframer: MessageDeframer
    private var retryBuffer = RetryBuffer()
    private var isEndSent = false
    private var isRetry = false
    /// Part of the request may be with the server.
    private var isOnItsWay = false
    private var isPaused = false
    // A cycle while the call waits or is open; `end` breaks it.
    private var channel: ChannelCore?
    private var deadlineTimer: Scheduled<Void>?
    private var silence: Silence?
    private var response = ResponseReader()

    init(path: String, options: CallOptions, limits: GRPCLimits, deadline: NIODeadline?, handler: any ClientCallHandler)
    {
        self.path = path
        self.options = options
        self.deadline = deadline
        self.handler = handler
        deframer = MessageDeframer(limit: limits.inboundMessageBytes)
    }

    var isClosed: Bool { handler == nil }

    /// Becomes a call of `channel`.
    func begin(on channel: ChannelCore, _ eventLoop: any EventLoop) {
        self.channel = channel
        silence = options.silence.map { Silence(TimeAmount($0), eventLoop) }
        waitForSilence()
        guard let deadline else { return }
        deadlineTimer = eventLoop.assumeIsolated()
            .scheduleTask(deadline: deadline) {
                self.end(GRPCStatus(.deadlineExceeded, "the deadline passed"))
            }
    }

    /// How long the server may say nothing. One timer that moves on, not one for each message.
    private struct Silence {
        let limit: TimeAmount
        let eventLoop: any EventLoop
        var heardAt: NIODeadline
        var timer: Scheduled<Void>?

        init(_ limit: TimeAmount, _ eventLoop: any EventLoop) {
            self.limit = limit
            self.eventLoop = eventLoop
            heardAt = eventLoop.now
        }

        var isOver: Bool { heardAt + limit <= eventLoop.now }
    }

    private func waitForSilence() {
        guard let silence else { return }
        self.silence?.timer = silence.eventLoop.assumeIsolated()
            .scheduleTask(deadline: silence.heardAt + silence.limit) {
                // While nobody reads, it is not the server that is silent.
                if self.isPaused { self.silence?.heardAt = silence.eventLoop.now }
                guard self.silence?.isOver == true else { return self.waitForSilence() }
                let milliseconds = silence.limit.nanoseconds / 1_000_000
                self.end(GRPCStatus(.unavailable, "not a word from the server for \(milliseconds) ms"))
            }
    }

    // MARK: On the connection

    /// False when the connection has no room.
    func start(on connection: HTTP2Connection, authority: String, scheme: String, userAgent: String) -> Bool {
        let head = requestHead(authority, scheme, userAgent, now: connection.eventLoop.now)
        guard let exchange = connection.open(head, receiver: self) else { return false }
        self.exchange = exchange
        isOnItsWay = true
        if isPaused { exchange.pauseReceiving() }
        for message in retryBuffer.messages { put(message, on: exchange) }
        if isRetry { retryBuffer.commit() } else { retryBuffer.sentAll() }
        if isEndSent { exchange.sendEnd() }
        handler?.writable()
        return true
    }

    private func requestHead(_ authority: String, _ scheme: String, _ userAgent: String, now: NIODeadline) -> HeaderList
    {
        var fields: [(String, String)] = [
            (":method", "POST"), (":scheme", scheme), (":path", path), (":authority", authority), ("te", "trailers"),
            ("content-type", "application/grpc"), ("user-agent", userAgent), ("grpc-accept-encoding", "identity,gzip"),
        ]
        if options.gzip { fields.append(("grpc-encoding", "gzip")) }
        if let deadline { fields.append(("grpc-timeout", Timeout.format(deadline - now))) }
        if isRetry { fields.append(("grpc-transparent-retry-attempts", "1")) }
        fields += options.metadata.fields.map { ($0.name, $0.value) }
        return HeaderList(fields)
    }

    // MARK: Sending

    /// Before there is a connection, one message may wait.
    var isWritable: Bool { exchange?.isWritable ?? retryBuffer.isEmpty }

    /// Bytes given to `send` that are not yet in the socket's buffer.
    var bufferedBytes: Int { exchange?.bufferedBytes ?? 0 }

    func send(_ message: FramedMessage) {
        guard !isClosed else { return }
        guard let exchange else { return retryBuffer.wait(message) }
        put(message, on: exchange)
        retryBuffer.sent(message)
    }

    private func put(_ message: FramedMessage, on exchange: Exchange) {
        let message = options.gzip ? message.gzipped() : message
        exchange.send(message.bytes)
        if let tail = message.tail { exchange.send(tail) }
    }

    func finishSending() {
        isEndSent = true
        exchange?.sendEnd()
    }

    func pauseReceiving() {
        isPaused = true
        exchange?.pauseReceiving()
    }

    func resumeReceiving() {
        isPaused = false
        exchange?.resumeReceiving()
    }

    /// Ends the call from this side.
    func end(_ status: GRPCStatus, reset code: HTTP2Error.Code = .cancel) {
        guard let handler else { return }
        self.handler = nil
        deadlineTimer?.cancel()
        deadlineTimer = nil
        silence?.timer?.cancel()
        silence = nil
        retryBuffer.commit()
        channel = nil
        let exchange = self.exchange
        self.exchange = nil
        exchange?.resumeReceiving()
        exchange?.reset(code)
        var status = status
        // That the deadline passed is no word about the method, whichever side says so first.
        status.mayHaveRun = isOnItsWay && (response.status == nil || status.code == .deadlineExceeded)
        handler.closed(status)
    }

    // MARK: Receiving

    func receivedHead(_ block: HeaderBlock) {
        // gRFC A6, "When Retries are Valid": the caller may see the server's metadata from now on.
        retryBuffer.commit()
        response.readHead(block)
        deframer.allowsGzip = response.usesGzip
        // Some intermediary's page: the status is known, the rest of no use.
        if !response.isGRPC, response.status == nil { end(response.finalStatus) }
    }

    func receivedTrailers(_ block: HeaderBlock) { response.readStatus(block) }

    func receivedData(_ bytes: UnsafeRawBufferPointer) {
        if let silence { self.silence?.heardAt = silence.eventLoop.now }
        guard handler != nil, response.isGRPC else { return }
        do throws(GRPCStatus) {
            try deframer.receive(bytes) { self.handler?.received($0) }
        } catch {
            end(error)
        }
    }

    func receivedEnd() {
        if deframer.isMidMessage, response.status?.code == .ok || response.status == nil {
            return end(GRPCStatus(.internalError, "the stream ended within a message"))
        }
        // The request may be unfinished; with the status the call is over for both sides.
        end(response.finalStatus, reset: .noError)
    }

    func writable() { handler?.writable() }

    func closed(_ error: HTTP2Error?) {
        exchange = nil
        if let error, Self.isUnseen(error) {
            isOnItsWay = false
            if mayRetry, let channel {
                isRetry = true
                return channel.retry(self)
            }
        }
        end(response.status ?? error.map(ResponseReader.status) ?? response.finalStatus)
    }

    /// Whether no method of the server has seen the call (RFC 9113 §8.7: REFUSED_STREAM, which nghttp2 also reports for
    /// streams above the last one of a GOAWAY).
    private static func isUnseen(_ error: HTTP2Error) -> Bool { error.code == .refusedStream && error.origin == .peer }

    /// An unseen call is safe to send again, once (gRFC A6, "Transparent Retries").
    private var mayRetry: Bool { !isClosed && !isRetry && !retryBuffer.isCommitted }
}
