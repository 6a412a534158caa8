import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Looks after one connection where the server library does not:
///
/// - A request that cannot be parsed is answered with the reason, 431 or 400.
/// - An answer that is given before its whole request came ends the connection: the rest of a body that nobody wants is
///   not read. So does `Connection: close` in an answer, or in a request, however it is spelled.
/// - Such an end is heard: the answer goes out, then the sending side closes, and what still comes in is thrown away
///   for a moment. To close at once would take the answer back from a client that still sends (RFC 9112, section 9.6).
/// - A client that takes nothing of its answer for too long loses its connection.
///
/// It belongs to its channel's loop.
final class HTTPConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let patience: HTTPPatience
    private var requestsBegun = 0
    private var requestsRead = 0
    private var answersEnded = 0
    /// The request after whose answer the client wants the connection to end.
    private var lastRequest: Int?
    private var endsAfterAnswer = false
    private var isEnding = false
    private var linger: Scheduled<Void>?
    private var stallCheck: Scheduled<Void>?

    init(_ patience: HTTPPatience) {
        self.patience = patience
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestsBegun += 1
            if head.headerFields[.connection]?.lowercased().contains("close") == true { lastRequest = requestsBegun }
        case .body: break
        case .end: requestsRead += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isEnding else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            if requestsRead <= answersEnded || lastRequest == answersEnded + 1 {
                head.headerFields[.connection] = "close"
            }
            endsAfterAnswer = head.headerFields[.connection] == "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            answersEnded += 1
            context.write(data, promise: promise)
            if endsAfterAnswer { end(context) }
        default: context.write(data, promise: promise)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if isEnding { context.read() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The server is done with a connection before its client has heard the last answer.
        guard isEnding, case .all = mode else {
            context.close(mode: mode, promise: promise)
            return
        }
        if let promise { context.channel.closeFuture.cascade(to: promise) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The parser complains of each piece that follows what it could not read. The server would close at once for
        // it.
        guard !isEnding else { return }
        // While a request is under way, who reads its body hears of it.
        guard let error = error as? HTTPParserError, requestsBegun == answersEnded else {
            context.fireErrorCaught(error)
            return
        }
        let problem =
            error == .headerOverflow
            ? Problem(
                .requestHeaderFieldsTooLarge,
                "the request line or the headers are too long: at most \(HTTPLimits.headerFieldBytes) bytes in one, "
                    + "\(HTTPLimits.headerBytes) in all, and \(HTTPLimits.headerFields) headers"
            ) : Problem(.badRequest, "the request is not HTTP/1.1: \(error)\(Self.hint(error))")
        let response = problem.ending.response
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(problem.body)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isEnding, case .inputClosed? = event as? ChannelEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stallCheck?.cancel()
            stallCheck = nil
        } else if stallCheck == nil {
            watchStall(context, Self.waitingBytes(context))
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        linger?.cancel()
        stallCheck?.cancel()
        context.fireChannelInactive()
    }

    private static func hint(_ error: HTTPParserError) -> String {
        error == .invalidURL ? "; what is not ASCII in it must be percent-encoded UTF-8" : ""
    }

    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        context.flush()
        context.close(mode: .output, promise: nil)
        // Nobody else may read any more: the request's reader is gone, or holds back what it has not read.
        context.read()
        linger = schedule(context, in: patience.linger) { $0.close(promise: nil) }
    }

    /// Ends the connection when nothing of what waits went out until the next look.
    private func watchStall(_ context: ChannelHandlerContext, _ waiting: Int) {
        stallCheck = schedule(context, in: patience.stall) { [self] context in
            let now = Self.waitingBytes(context)
            if now >= waiting { context.close(promise: nil) } else { watchStall(context, now) }
        }
    }

    private static func waitingBytes(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func schedule(
        _ context: ChannelHandlerContext,
        in delay: TimeAmount,
        _ action: @escaping (ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) { action(context) }
    }
}

@available(*, unavailable)
extension HTTPConnectionGuard: Sendable {}
