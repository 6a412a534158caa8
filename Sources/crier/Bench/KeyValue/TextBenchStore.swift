import CrierClient
import CrierGRPC
import NIOCore
import NIOPosix
import Synchronization

/// How a protocol of texts writes requests and finds the end of an answer.
protocol TextDialect: Sendable {
    func put(_ key: String, _ value: String) -> String
    func get(_ key: String) -> String
    func watch(_ prefix: String) -> String
    /// Takes one whole answer off the buffer; nil: more is to come.
    /// - Throws: For an answer that says that it failed.
    func answer(_ buffer: inout ByteBuffer) throws -> ByteBuffer?
}

/// A store that speaks a protocol of texts over TCP.
final class TextBenchStore: BenchStore {
    private let channel: any Channel
    private let answers: AnswerHandler
    private let dialect: any TextDialect

    private init(_ channel: any Channel, _ answers: AnswerHandler, _ dialect: any TextDialect) {
        (self.channel, self.answers, self.dialect) = (channel, answers, dialect)
    }

    static func connect(_ address: HostPort, _ dialect: any TextDialect) async throws -> TextBenchStore {
        let answers = AnswerHandler(dialect)
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in channel.pipeline.addHandler(answers) }
                .connect(host: address.host, port: address.port)
                .get()
            return TextBenchStore(channel, answers, dialect)
        } catch {
            throw CrierClientError(.unavailable, "\(address) cannot be reached: \(error)", cause: error)
        }
    }

    func put(_ key: String, _ value: String) async throws { try await ask(dialect.put(key, value)) }

    func get(_ key: String) async throws { try await ask(dialect.get(key)) }

    private func ask(_ request: String) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            answers.expect { continuation.resume(with: $0.map { _ in }) }
            channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
        }
    }

    func watch(_ prefix: String, ready: @Sendable () -> Void, _ body: @Sendable (ByteBuffer) -> Void) async throws {
        let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        answers.stream { continuation.yield(with: $0) }
        channel.writeAndFlush(ByteBuffer(string: dialect.watch(prefix)), promise: nil)
        var isFirst = true
        var unread = ByteBuffer()
        for try await var bytes in stream {
            if isFirst { ready() }
            isFirst = false
            // Whole lines: what comes at once may end in the middle of one.
            unread.writeBuffer(&bytes)
            guard let end = unread.readableBytesView.lastIndex(of: UInt8(ascii: "\n")),
                let lines = unread.readSlice(length: end + 1 - unread.readerIndex)
            else { continue }
            body(lines)
            unread.discardReadBytes()
        }
    }

    func close() async { try? await channel.close() }
}

/// Hands each answer to who waits for it.
private final class AnswerHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias Answer = @Sendable (Result<ByteBuffer, any Error>) -> Void

    private struct State {
        var waiting: Answer?
        var stream: Answer?
        var unread = ByteBuffer()
    }

    private let dialect: any TextDialect
    private let state = Mutex(State())

    init(_ dialect: any TextDialect) { self.dialect = dialect }

    func expect(_ answer: @escaping Answer) { state.withLock { $0.waiting = answer } }

    func stream(_ answer: @escaping Answer) { state.withLock { $0.stream = answer } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        let (waiting, result): (Answer?, Result<ByteBuffer, any Error>?) = state.withLock { state in
            if let stream = state.stream { return (stream, .success(bytes)) }
            state.unread.writeBuffer(&bytes)
            let result = Result { try dialect.answer(&state.unread) }
            guard case .success(nil) = result else {
                defer { state.waiting = nil }
                state.unread.discardReadBytes()
                return (state.waiting, result.flatMap { $0.map(Result.success) ?? .failure(ChannelError.eof) })
            }
            return (nil, nil)
        }
        if let waiting, let result { waiting(result) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let waiting = state.withLock { state in
            defer { (state.waiting, state.stream) = (nil, nil) }
            return state.stream ?? state.waiting
        }
        waiting?(.failure(CrierClientError(.unavailable, "the connection was closed")))
    }
}

/// Redis' RESP2: every request an array of bulk strings, answers `+OK`, `$5…` or `$-1`.
struct RedisDialect: TextDialect {
    func put(_ key: String, _ value: String) -> String { request("SET", key, value) }
    func get(_ key: String) -> String { request("GET", key) }

    /// Keyspace events name the key, not the value.
    func watch(_ prefix: String) -> String { request("PSUBSCRIBE", "__keyevent@0__:set") }

    func answer(_ buffer: inout ByteBuffer) throws -> ByteBuffer? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: view[..<end], as: UTF8.self)
        var size = end + 1 - view.startIndex
        switch line.first {
        case "$":
            let length = Int(line.dropFirst().prefix { $0 != "\r" && $0 != "\r\n" }) ?? -1
            if length >= 0 { size += length + 2 }
        case "-": throw CrierClientError(.internalError, "redis: \(line)")
        default: break
        }
        return buffer.readSlice(length: size)
    }

    private func request(_ parts: String...) -> String {
        "*\(parts.count)\r\n" + parts.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }
}

/// The gateway's REST interface over HTTP/1.1, the connection kept.
struct RESTDialect: TextDialect {
    let host: String

    func put(_ key: String, _ value: String) -> String {
        let body = "{\"value\":\"\(value)\"}"
        return "PUT \(path(key)) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    func get(_ key: String) -> String { "GET \(path(key)) HTTP/1.1\r\nHost: \(host)\r\n\r\n" }

    func watch(_ prefix: String) -> String {
        "GET /v1/stream?namespace=\(BenchKeys.namespace)&prefix=\(prefix) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    }

    private func path(_ key: String) -> String { "/v1/kv/\(BenchKeys.namespace)/\(key)" }

    func answer(_ buffer: inout ByteBuffer) throws -> ByteBuffer? {
        let view = buffer.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: view[..<end.lowerBound], as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        let status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first } ?? ""
        guard status.hasPrefix("2") else {
            throw CrierClientError(.internalError, "REST: \(lines.first ?? "")")
        }
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { $0.split(separator: ":").last }
            .flatMap { Int($0.filter(\.isNumber)) }
        let size = end.upperBound - view.startIndex + (length ?? 0)
        return buffer.readableBytes >= size ? buffer.readSlice(length: size) : nil
    }
}
