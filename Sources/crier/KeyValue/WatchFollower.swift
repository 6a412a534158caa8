import CrierClient
import Synchronization

/// Follows the changes of a scope over lost connections and restarts of the gateway: each change once, in order.
final class WatchFollower: Sendable {
    private struct State {
        var course: WatchCourse
        var heardAt = ContinuousClock.now
    }

    /// A part of the watch ended with this.
    private enum End {
        case reset(KeyValueWatchEvent.Reset)
        case lost(KeyValueClientError?)
    }

    private let store: KeyValueClient
    private let namespace: String
    private let prefix: String
    private let state: Mutex<State>

    init(_ store: KeyValueClient, namespace: String, prefix: String, from start: KeyValueWatchStart) {
        (self.store, self.namespace, self.prefix) = (store, namespace, prefix)
        state = Mutex(State(course: WatchCourse(from: start)))
    }

    /// Calls `show` for every event, resets included, until it returns false or nothing can be told any more.
    /// - Throws: Why that is.
    func run(_ show: @escaping @Sendable (KeyValueWatchEvent) throws -> Bool) async throws {
        while let end = try await part(show) {
            let step = state.withLock { state in
                switch end {
                case .reset(let reason): state.course.reset(reason)
                case .lost(let error): state.course.lost(error)
                }
            }
            switch (step, end) {
            case (.again(let pause), .lost(let error)):
                Output.note("watch: \(error?.message ?? "the gateway ended it"); again in \(pause)")
                try await Task.sleep(for: pause)
            case (.again(let pause), .reset): try await Task.sleep(for: pause)
            case (.missed(let reason), _):
                throw KeyValueClientError(
                    reason == .epoch ? .epochChanged : .compacted,
                    "changes were missed that cannot be told any more (\(reason.rawValue)): list, or watch --snapshot"
                )
            case (.failed, .lost(let error)): throw error ?? KeyValueClientError(.unavailable, "the gateway ended it")
            case (.failed, .reset(let reason)): throw KeyValueClientError(.compacted, "reset: \(reason.rawValue)")
            }
        }
    }

    /// One call, watched over: silence for too long ends it. Nil: `show` has seen enough.
    private func part(_ show: @escaping @Sendable (KeyValueWatchEvent) throws -> Bool) async throws -> End? {
        state.withLock { $0.heardAt = .now }
        return try await withThrowingTaskGroup(of: End?.self) { group in
            group.addTask { try await self.follow(show) }
            group.addTask {
                while self.state.withLock({ ContinuousClock.now - $0.heardAt }) < KeyValueToolLimits.watchSilence {
                    try await Task.sleep(for: .seconds(1))
                }
                return .lost(KeyValueClientError(.unavailable, "the gateway is silent"))
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func follow(_ show: @Sendable (KeyValueWatchEvent) throws -> Bool) async throws -> End? {
        do throws(KeyValueClientError) {
            let start = state.withLock { $0.course.start }
            let watch = try await store.watch(namespace, prefix: prefix, from: start, previous: true)
            var events = watch.makeAsyncIterator()
            while let event = try await events.next(isolation: nil) {
                guard try shown(event, show) else { return nil }
                if case .reset(let reason) = event { return .reset(reason) }
                state.withLock { state in
                    state.course.hear(event)
                    state.heardAt = .now
                }
            }
            return .lost(nil)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            return .lost(error)
        }
    }

    /// Printing fails only for what cannot be encoded.
    private func shown(
        _ event: KeyValueWatchEvent,
        _ show: @Sendable (KeyValueWatchEvent) throws -> Bool
    ) throws(KeyValueClientError) -> Bool {
        do {
            return try show(event)
        } catch {
            throw KeyValueClientError(.invalid, "a change cannot be printed: \(error)", cause: error)
        }
    }
}
