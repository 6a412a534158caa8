import CrierClient
import Synchronization

/// Follows the changes of a scope over lost connections and restarts of the gateway: each change once, in order.
final class WatchFollower: Sendable {
    /// A part of the watch ended with this.
    private enum End {
        case reset(KeyValueWatchEvent.Reset)
        case lost(KeyValueClientError?)
    }

    private let store: KeyValueClient
    private let namespace: String
    private let prefix: String
    private let course: Mutex<WatchCourse>

    init(_ store: KeyValueClient, namespace: String, prefix: String, from start: KeyValueWatchStart) {
        (self.store, self.namespace, self.prefix) = (store, namespace, prefix)
        course = Mutex(WatchCourse(from: start))
    }

    /// Calls `show` for every event, resets included, until it returns false or nothing can be told any more.
    /// - Throws: Why that is.
    func run(_ show: @escaping @Sendable (KeyValueWatchEvent) throws -> Bool) async throws {
        while let end = try await follow(show) {
            let step = course.withLock { course in
                switch end {
                case .reset(let reason): course.reset(reason)
                case .lost(let error): course.lost(error)
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

    /// One call. Nil: `show` has seen enough.
    private func follow(_ show: @Sendable (KeyValueWatchEvent) throws -> Bool) async throws -> End? {
        do throws(KeyValueClientError) {
            let start = course.withLock { $0.start }
            let watch = try await store.watch(namespace, prefix: prefix, from: start, previous: true)
            var events = watch.makeAsyncIterator()
            while let event = try await events.next(isolation: nil) {
                guard try shown(event, show) else { return nil }
                if case .reset(let reason) = event { return .reset(reason) }
                course.withLock { $0.hear(event) }
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
