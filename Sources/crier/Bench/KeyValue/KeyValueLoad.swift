import CrierClient
import NIOCore
import Synchronization

/// The work of `crier bench kv`.
struct KeyValueLoad: Sendable {
    let target: BenchTarget
    let gateway: GatewayConfiguration
    let keys: Int
    let size: Int

    /// What a closed loop measured.
    struct Result {
        var latency: Histogram
        var seconds: Double
        var before: ServerProcess.Sample?
        var after: ServerProcess.Sample?
    }

    /// A value of the right size without anything to say.
    var value: String { String(repeating: "v", count: size) }

    /// Sets every key once.
    func fill() async throws {
        try await withStores(16) { stores in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (worker, store) in stores.enumerated() {
                    group.addTask {
                        for index in stride(from: worker, to: keys, by: stores.count) {
                            try await store.put(BenchKeys.key(index), value)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Every client asks again as soon as it is answered. What ends in the first half second does not count.
    func closedLoop(
        clients: Int,
        seconds: Double,
        server: ServerProcess?,
        _ operation: @escaping @Sendable (any BenchStore, String) async throws -> Void
    ) async throws -> Result {
        try await withStores(clients) { stores in
            let begin = monotonicNanoseconds() + 500_000_000
            let end = begin + UInt64(seconds * 1e9)
            return try await withThrowingTaskGroup(of: Histogram.self) { group in
                for store in stores {
                    group.addTask { try await loop(store, from: begin, to: end, operation) }
                }
                try await Task.sleep(for: .milliseconds(500))
                let before = server?.sample()
                try await Task.sleep(for: .nanoseconds(end - min(end, monotonicNanoseconds())))
                let after = server?.sample()
                var latency = Histogram()
                for try await one in group { latency.add(one) }
                return Result(latency: latency, seconds: seconds, before: before, after: after)
            }
        }
    }

    private func loop(
        _ store: any BenchStore,
        from begin: UInt64,
        to end: UInt64,
        _ operation: @Sendable (any BenchStore, String) async throws -> Void
    ) async throws -> Histogram {
        var latency = Histogram()
        var random = SystemRandomNumberGenerator()
        while true {
            let asked = monotonicNanoseconds()
            if asked >= end { return latency }
            try await operation(store, BenchKeys.key(Int.random(in: 0..<keys, using: &random)))
            let answered = monotonicNanoseconds()
            if answered >= begin, answered < end { latency.record(microseconds: Int64((answered - asked) / 1000)) }
        }
    }

    /// Connects so many, and closes them afterwards.
    func withStores<Value: Sendable>(
        _ count: Int,
        _ body: ([any BenchStore]) async throws -> Value
    ) async throws -> Value {
        var stores: [any BenchStore] = []
        for _ in 0..<count { stores.append(try await target.connect(gateway)) }
        let value = try await body(stores)
        for store in stores { await store.close() }
        return value
    }
}
