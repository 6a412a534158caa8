import Synchronization

/// Holds a time that a promise names against what happened, on a machine that may be busy with something else.
///
/// The promise is the cluster's, and a cluster whose processes do not run keeps none. So time in which this machine did
/// not even wake a sleeping task counts once: what a tick of 20 ms took beyond 40 ms is granted as slack.
final class Stopwatch: Sendable {
    private static let tick = Duration.milliseconds(20)

    private let start = ContinuousClock.now
    private let slack = Mutex(Duration.zero)

    /// Since the start, less the time in which the machine stood still.
    var elapsed: Duration { ContinuousClock.now - start - slack.withLock { $0 } }

    /// Runs `body` with a watch that has just been started.
    static func run<Result: Sendable>(_ body: (Stopwatch) async throws -> Result) async rethrows -> Result {
        let watch = Stopwatch()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await watch.watch() }
            return try await body(watch)
        }
    }

    private func watch() async {
        while !Task.isCancelled {
            let before = ContinuousClock.now
            await pass(Self.tick)
            let late = ContinuousClock.now - before - Self.tick * 2
            if late > .zero { slack.withLock { $0 += late } }
        }
    }
}
