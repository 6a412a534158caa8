import CrierClient
import NIOCore
import Synchronization

extension KeyValueLoad {
    /// What a watcher heard, and when puts were answered; both counted from the moment that a put was due.
    struct Watched {
        var told: Histogram
        var puts: Histogram
    }

    /// Puts at a steady rate, whatever the answers do, and one watcher.
    func watched(rate: Int, count: Int) async throws -> Watched {
        try await withStores(2) { stores in
            let told = StampTally()
            let puts = Mutex(Histogram())
            try await withThrowingTaskGroup(of: Void.self) { group in
                let began = Latch()
                group.addTask {
                    try await stores[1].watch(StampTally.prefix, ready: { began.open() }) { told.count($0) }
                }
                await began.opened()
                try await put(rate: rate, count: count, puts)
                await settled(expected: UInt64(count)) { told.latency.count }
                group.cancelAll()
                await stores[1].close()
            }
            return Watched(told: told.latency, puts: puts.withLock { $0 })
        }
    }

    /// Many connections take turns, so that a slow answer does not delay the next put.
    private func put(rate: Int, count: Int, _ latency: borrowing Mutex<Histogram>) async throws {
        let start = monotonicNanoseconds() + 10_000_000
        let parts = try await withStores(Self.writers) { stores in
            try await withThrowingTaskGroup(of: Histogram.self) { group in
                for (writer, store) in stores.enumerated() {
                    group.addTask { try await write(store, from: writer, of: count, rate, start) }
                }
                var sum = Histogram()
                for try await part in group { sum.add(part) }
                return sum
            }
        }
        latency.withLock { $0.add(parts) }
    }

    /// At 1,000 puts a second each has 32 ms for one.
    private static let writers = 32

    private func write(
        _ store: any BenchStore,
        from writer: Int,
        of count: Int,
        _ rate: Int,
        _ start: UInt64
    ) async throws -> Histogram {
        var latency = Histogram()
        for index in stride(from: writer, to: count, by: Self.writers) {
            let due = start + UInt64(Double(index) / Double(rate) * 1e9)
            let now = monotonicNanoseconds()
            if due > now { try await Task.sleep(for: .nanoseconds(due - now), tolerance: .zero) }
            let stamp = StampTally.stamp(due)
            // Redis tells which key was set and not to what, so there the key carries the stamp.
            if case .redis = target {
                try await store.put(stamp, value)
            } else {
                try await store.put("\(StampTally.prefix)\(index % 100)", stamp + value.dropFirst(stamp.count))
            }
            latency.record(microseconds: Int64(monotonicNanoseconds() - due) / 1000)
        }
        return latency
    }

    /// What became of a change that many watched.
    struct Fanout {
        /// Milliseconds from each put to the last watcher that heard of it.
        var rounds: [Double]
        var missing: Int
    }

    /// Watches of one key, `watchersPerConnection` over each connection, and one put after the other.
    func fanout(watchers: Int, rounds: Int) async throws -> Fanout {
        let connections = (watchers + Self.watchersPerConnection - 1) / Self.watchersPerConnection
        return try await withStores(connections + 1) { stores in
            let tally = FanoutTally()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for watcher in 0..<watchers {
                    group.addTask {
                        try await stores[1 + watcher % connections]
                            .watch(StampTally.prefix, ready: { tally.begin() }) { tally.count($0) }
                    }
                }
                await settled(expected: UInt64(watchers)) { UInt64(tally.begun) }
                var result = Fanout(rounds: [], missing: watchers - tally.begun)
                for _ in 0..<rounds {
                    tally.reset()
                    let started = monotonicNanoseconds()
                    try await stores[0].put("\(StampTally.prefix)0", StampTally.stamp(started) + value)
                    await settled(expected: UInt64(watchers)) { UInt64(tally.told) }
                    result.missing += watchers - tally.told
                    result.rounds.append(Double(max(started, tally.lastAt) - started) / 1e6)
                }
                group.cancelAll()
                for store in stores { await store.close() }
                return result
            }
        }
    }

    /// Half of the calls that a gateway takes on one connection.
    private static let watchersPerConnection = 500

    /// Returns when the count is reached, or has not moved for five seconds.
    private func settled(expected: UInt64, _ count: () -> UInt64) async {
        var (seen, since) = (count(), ContinuousClock.now)
        while count() < expected, ContinuousClock.now - since < .seconds(5) {
            try? await Task.sleep(for: .milliseconds(2))
            if count() != seen { (seen, since) = (count(), .now) }
        }
    }
}

/// Finds the moments that puts were due in what a store tells of them.
final class StampTally: Sendable {
    static let prefix = "watch/"
    private static let mark = Array("TS:".utf8)
    private static let digits = 16
    private let histogram = Mutex(Histogram())

    var latency: Histogram { histogram.withLock { $0 } }

    /// `TS:` and 16 hexadecimal digits.
    static func stamp(_ nanoseconds: UInt64) -> String {
        let hex = String(nanoseconds, radix: 16)
        return "TS:" + String(repeating: "0", count: digits - hex.count) + hex
    }

    func count(_ bytes: ByteBuffer) {
        let now = monotonicNanoseconds()
        var view = bytes.readableBytesView[...]
        while let found = view.firstRange(of: Self.mark) {
            view = view[found.upperBound...]
            guard let due = UInt64(String(decoding: view.prefix(Self.digits), as: UTF8.self), radix: 16) else {
                continue
            }
            histogram.withLock { $0.record(microseconds: Int64(now - min(now, due)) / 1000) }
        }
    }
}

/// Counts watchers that have heard of a put.
final class FanoutTally: Sendable {
    private struct State {
        var begun = 0
        var told = 0
        var lastAt: UInt64 = 0
    }

    private let state = Mutex(State())

    var begun: Int { state.withLock { $0.begun } }
    var told: Int { state.withLock { $0.told } }
    var lastAt: UInt64 { state.withLock { $0.lastAt } }

    func begin() { state.withLock { $0.begun += 1 } }

    func reset() { state.withLock { $0.told = 0 } }

    /// Positions without a change are no news.
    func count(_ bytes: ByteBuffer) {
        guard bytes.readableBytesView.firstRange(of: Array("TS:".utf8)) != nil else { return }
        let now = monotonicNanoseconds()
        state.withLock { state in
            state.told += 1
            state.lastAt = now
        }
    }
}

/// Opens once; one task waits for it.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func opened() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiter = continuation }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiter = state.withLock { state in
            state.isOpen = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
