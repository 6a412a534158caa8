import NIOCore
import Synchronization

/// The changes of a memory from the moment of the subscription on, in the gateway's order. For one reader.
///
/// Bounded: a reader that is too slow hears `.missed` in place of what it did not take. Ends when the memory's `run()`
/// does, or when the reading task is cancelled.
public struct MemorySubscription: AsyncSequence, Sendable {
    /// Lasts as long as anybody can read from it.
    final class Registration: Sendable {
        fileprivate let inbox: MemoryInbox
        private let end: @Sendable () -> Void

        init(_ inbox: MemoryInbox, end: @escaping @Sendable () -> Void) {
            self.inbox = inbox
            self.end = end
        }

        deinit { end() }
    }

    let registration: Registration

    public func makeAsyncIterator() -> Iterator { Iterator(registration: registration) }

    public struct Iterator: AsyncIteratorProtocol {
        let registration: Registration

        public mutating func next(isolation actor: isolated (any Actor)?) async -> MemoryEvent? {
            await registration.inbox.take()
        }
    }
}

/// Events on their way to one subscriber; of too many all are forgotten, and the subscriber is told.
final class MemoryInbox: Sendable {
    /// Which keys a subscriber wants to hear of.
    enum Interest: Sendable {
        case prefix(String)
        case key(String)

        func includes(_ key: String) -> Bool {
            switch self {
            case .prefix(let prefix): key.utf8.starts(with: prefix.utf8)
            case .key(let wanted): key.utf8.elementsEqual(wanted.utf8)
            }
        }
    }

    private struct State {
        var events = CircularBuffer<MemoryEvent>()
        var isFinished = false
    }

    private let interest: Interest
    private let limit: Int
    private let state = Mutex(State())
    private let changed = Signal()

    init(_ interest: Interest, limit: Int) {
        self.interest = interest
        self.limit = limit
    }

    func put(_ changes: [MemoryChange]) {
        let wanted = changes.filter { interest.includes($0.key) }
        guard !wanted.isEmpty else { return }
        state.withLock { state in
            guard !state.isFinished else { return }
            if state.events.count + wanted.count > limit {
                state.events.removeAll()
                state.events.append(.missed)
                // A revision is told whole or not at all.
                if wanted.count >= limit { return }
            }
            for change in wanted { state.events.append(.changed(change)) }
        }
        changed.raise()
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        changed.raise()
    }

    /// Waits for an event. Nil: finished and empty, or the task was cancelled.
    func take() async -> MemoryEvent? {
        while !Task.isCancelled {
            let version = changed.version
            let (event, isOver) = state.withLock { state in
                let event = state.events.popFirst()
                return (event, event == nil && state.isFinished)
            }
            if let event { return event }
            if isOver { return nil }
            await changed.wait(beyond: version)
        }
        return nil
    }
}
