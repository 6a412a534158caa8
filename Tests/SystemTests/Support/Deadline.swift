/// A wait that took too long, or that can no longer come true.
struct Unmet: Error, CustomStringConvertible {
    let description: String
}

extension Duration {
    /// How long a test waits for what must come: as long as a machine needs that does much else. Only a failure takes
    /// so long.
    static let patience = Duration.seconds(300)
}

/// Runs `body`, which must honour cancellation, and gives up after `limit`. Time in which this process stood still
/// itself does not count (a machine that was suspended, a debugger, SIGSTOP): what it waits for may be there, unread.
func withDeadline<Value: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable @concurrent () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        defer { group.cancelAll() }
        group.addTask(operation: body)
        group.addTask {
            for _ in 0..<100 { try await Task.sleep(for: limit / 100) }
            throw Unmet(description: "not within \(limit): \(what)")
        }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}

/// Waits for what has no event to wait for, such as a file that another process writes.
func eventually(
    _ what: String, within limit: Duration = .patience,
    _ isTrue: @escaping @Sendable @concurrent () async throws -> Bool
) async throws {
    try await withDeadline(limit, what) {
        while try await !isTrue() {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// Lets time pass that a test's promise itself speaks of, such as the length of an outage, or that paces a load. Never
/// a wait for something to become true. Ends early when the task is cancelled.
func pass(_ time: Duration) async { try? await Task.sleep(for: time) }
