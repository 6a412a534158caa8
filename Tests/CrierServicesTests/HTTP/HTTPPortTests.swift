import CrierServices
import Synchronization
import Testing

@Suite("HTTP port")
struct HTTPPortTests {
    private final class Readiness: Sendable {
        let value = Atomic<Bool>(true)
    }

    @Test("A living process says so, also when it is not ready")
    func alive() async throws {
        try await HTTPServer.with(isReady: { false }) { server async throws in
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test("Ready is 200, and 503 as soon as the gateway drains")
    func ready() async throws {
        let readiness = Readiness()
        try await HTTPServer.with(isReady: { readiness.value.load(ordering: .relaxed) }) { server async throws in
            #expect(try await server.get("/readyz").status == 200)
            readiness.value.store(false, ordering: .relaxed)
            #expect(try await server.get("/readyz").status == 503)
        }
    }

    @Test("Metrics come as Prometheus' text")
    func metrics() async throws {
        let metrics = MetricsRegistry()
        metrics.addReading("answer", .gauge) { 42 }
        try await HTTPServer.with(metrics: metrics) { server async throws in
            let answer = try await server.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(answer.body.contains("answer 42\n"))
        }
    }

    @Test("What is not there is 404, and without a store so is /v1")
    func unknown() async throws {
        try await HTTPServer.with { server async throws in
            #expect(try await server.get("/nothing").status == 404)
            #expect(try await server.get("/v1/kv").status == 404)
        }
    }

    @Test("HEAD is GET without the body; other methods are told which ones there are")
    func methods() async throws {
        try await HTTPServer.with { server async throws in
            let head = try await server.send("HEAD", "/healthz")
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "3")
            #expect(head.body.isEmpty)
            let post = try await server.send("POST", "/healthz")
            #expect(post.status == 405)
            #expect(post["Allow"] == "GET, HEAD, OPTIONS")
            #expect(try await server.send("OPTIONS", "/healthz")["Allow"] == "GET, HEAD, OPTIONS")
            #expect(try await server.send("OPTIONS", "*").status == 204)
        }
    }
}
