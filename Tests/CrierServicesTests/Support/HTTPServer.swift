import CrierCore
@testable import CrierServices
import Logging
import NIOCore
import NIOPosix
import Testing

/// An HTTP port of its own on loopback, spoken to in bytes.
struct HTTPServer: Sendable {
    let port: Int

    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: String

        /// The first header of that name, whatever its letters.
        subscript(name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    static func with(
        metrics: MetricsRegistry = MetricsRegistry(),
        isReady: @escaping @Sendable () -> Bool = { true },
        keyValue: KeyValueAccess? = nil,
        origins: AllowedOrigins = .none,
        patience: HTTPPatience = .endless,
        streams: Int = RESTLimits.streams,
        _ body: @escaping @Sendable (HTTPServer) async throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let routes = HTTPRoutes(
            metrics: metrics,
            isReady: isReady,
            keyValue: keyValue.map { KeyValueRoutes($0, origins, patience, streams: streams) }
        )
        let port = HTTPPort(
            routes,
            patience,
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { listening.yield($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await port.run() }
            let server = HTTPServer(port: await ports.first { _ in true } ?? 0)
            try await body(server)
            group.cancelAll()
        }
    }

    /// A request on a connection of its own.
    func send(
        _ method: String,
        _ target: String,
        _ headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var text = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\n"
        if !headers.contains(where: { $0.0 == "Host" }) { text += "Host: 127.0.0.1\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        let bytes = try await exchange(Array((text + "\r\n" + (body ?? "")).utf8))
        return try #require(Answer(bytes, isHead: method == "HEAD"), "no answer to \(method) \(target)")
    }

    /// A body of JSON.
    func send(
        _ method: String,
        _ target: String,
        json: String,
        _ headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(method, target, [("Content-Type", "application/json")] + headers, body: json)
    }

    func get(_ target: String, _ headers: [(String, String)] = []) async throws -> Answer {
        try await send("GET", target, headers)
    }

    /// Writes bytes, and reads until the server closes its side, whether it took all of them or not.
    func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await connection()
            .executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: bytes))
                var answer: [UInt8] = []
                do {
                    for try await part in inbound { answer.append(contentsOf: part.readableBytesView) }
                } catch let error as IOError where error.errnoCode == ECONNRESET {
                    // What came before the reset counts.
                }
                return answer
            }
    }

    func connection() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.hours(1))
            // A server that has said its last word may still be sent to.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    }
}

extension HTTPPatience {
    /// Waits as long as a slow machine needs: a test shortens what it is about.
    static let endless = HTTPPatience(
        idle: .hours(1), body: .hours(1), stall: .hours(1), bookmark: .hours(1), linger: .hours(1)
    )
}

extension HTTPServer.Answer {
    /// The first answer in some bytes.
    init?(_ bytes: [UInt8], isHead: Bool = false) {
        guard let first = Self.all(bytes, isHead: isHead).first else { return nil }
        self = first
    }

    /// All answers in some bytes, one behind the other.
    static func all(_ bytes: [UInt8], isHead: Bool = false) -> [Self] {
        var answers: [Self] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(between: "\r\n")
            var answer = Self(status: Int(lines[0].dropFirst(9).prefix(3)) ?? 0, headers: [], body: "")
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                answer.headers.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
            }
            rest = rest[end.upperBound...]
            if answer.status < 200 {
                answers.append(answer)
                continue
            }
            let length = isHead ? 0 : answer["Content-Length"].flatMap(Int.init) ?? rest.count
            answer.body = String(decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length)
            answers.append(answer)
        }
        return answers
    }
}

extension String {
    fileprivate func components(between separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
