import CrierServices
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite("HTTP port")
struct HTTPPortTests {
    private final class Readiness: Sendable {
        let value = Atomic<Bool>(true)
    }

    /// Runs a port of its own, and hands its address to `body`.
    private func withPort(
        _ readiness: Readiness = Readiness(),
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let metrics = MetricsRegistry()
        metrics.addReading("answer", .gauge) { 42 }
        let port = HTTPPort(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            metrics: metrics,
            isReady: { readiness.value.load(ordering: .relaxed) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { listening.yield($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await port.run() }
            let number = await ports.first { _ in true } ?? 0
            try await body(number)
            group.cancelAll()
        }
    }

    private struct Answer {
        var status: Int
        var head: String
        var body: String
    }

    /// A request as bytes, answered until the connection ends.
    private func get(_ path: String, _ port: Int) async throws -> Answer {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let text = try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"))
            return try await inbound.reduce(into: "") { $0 += String(buffer: $1) }
        }
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let status = Int(parts[0].split(separator: " ")[1]) ?? 0
        return Answer(status: status, head: parts[0].lowercased(), body: parts.count > 1 ? parts[1] : "")
    }

    private func expect(
        _ status: Int,
        _ path: String,
        _ port: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await get(path, port)
        #expect(answer.status == status, sourceLocation: sourceLocation)
    }

    @Test("A living process says so, also when it is not ready")
    func alive() async throws {
        let readiness = Readiness()
        readiness.value.store(false, ordering: .relaxed)
        try await withPort(readiness) { [self] port in
            try await expect(200, "/healthz", port)
        }
    }

    @Test("Ready is 200, and 503 as soon as the gateway drains")
    func ready() async throws {
        let readiness = Readiness()
        try await withPort(readiness) { [self] port in
            try await expect(200, "/readyz", port)
            readiness.value.store(false, ordering: .relaxed)
            try await expect(503, "/readyz", port)
        }
    }

    @Test("Metrics come as Prometheus' text")
    func metrics() async throws {
        try await withPort { [self] port in
            let answer = try await get("/metrics", port)
            #expect(answer.status == 200)
            #expect(answer.head.contains("content-type: text/plain; version=0.0.4"))
            #expect(answer.body.contains("answer 42\n"))
        }
    }

    @Test("What is not there is 404")
    func unknown() async throws {
        try await withPort { [self] port in
            try await expect(404, "/nothing", port)
        }
    }
}
