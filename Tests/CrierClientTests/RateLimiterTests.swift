import Testing

@testable import CrierClient

@Suite("Rate limits", .timeLimit(.minutes(10)))
struct RateLimiterTests {
    let clock = ManualClock()

    private func duration(of body: @escaping @Sendable () async throws -> Void) async throws -> Duration {
        let before = clock.now
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask { [clock] in
                while !Task.isCancelled { await clock.skipSleep() }
                return false
            }
            _ = try await group.next()
            group.cancelAll()
        }
        return clock.now - before
    }

    @Test("Bytes take as long as the rate says, in chunks of any size", arguments: [1, 7, 1000, 50_000])
    func rate(_ chunk: Int) async throws {
        let limiter = RateLimiter(bytesPerSecond: 10_000, clock: clock)
        let took = try await duration {
            for _ in 0..<(50_000 / chunk) { try await limiter.take(chunk) }
        }
        #expect(abs(took.inSeconds - Double(50_000 / chunk * chunk) / 10_000) < 0.01)
    }

    @Test("Without a limit nothing waits")
    func unlimited() async throws {
        let limiter = RateLimiter(bytesPerSecond: 0, clock: clock)
        try await limiter.take(1 << 40)
        #expect(clock.now == ManualClock().now)
    }

    @Test("A new limit is felt by who waits under the old one")
    func changes() async throws {
        let limiter = RateLimiter(bytesPerSecond: 1, clock: clock)
        let start = clock.now
        let took = try await duration { [clock] in
            async let taken: Void = limiter.take(1_000_000)
            while clock.now == start, !Task.isCancelled { await Task.yield() }
            limiter.bytesPerSecond = 0
            try await taken
        }
        #expect(took < .seconds(1000))
    }
}
