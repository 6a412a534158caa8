import Synchronization

/// Messages on their way to the application: bounded, and whoever puts into a full one waits.
final class MessageBuffer<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var isFinished = false
    }

    private let limit: Int
    private let state = Mutex(State())
    private let changed = Signal()

    init(limit: Int) {
        self.limit = limit
    }

    /// Waits for room. False: finished, or the task was cancelled.
    func put(_ element: Element) async -> Bool {
        while !Task.isCancelled {
            let version = changed.version
            let isTaken: Bool? = state.withLock { state in
                if state.isFinished { return false }
                if state.elements.count >= limit { return nil }
                state.elements.append(element)
                return true
            }
            if let isTaken {
                changed.raise()
                return isTaken
            }
            await changed.wait(beyond: version)
        }
        return false
    }

    /// Waits for an element. Nil: finished and empty, or the task was cancelled.
    func take() async -> Element? {
        while !Task.isCancelled {
            let version = changed.version
            let (element, isOver) = state.withLock { state in
                state.elements.isEmpty ? (nil, state.isFinished) : (state.elements.removeFirst(), false)
            }
            if let element {
                changed.raise()
                return element
            }
            if isOver { return nil }
            await changed.wait(beyond: version)
        }
        return nil
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        changed.raise()
    }
}

/// An agent's messages, in the gateway's order. Must be read: an agent whose messages are not taken stops reading, and
/// the gateway then sees a client that is stuck.
public struct AgentMessages: AsyncSequence, Sendable {
    let buffer: MessageBuffer<AgentMessage>

    public func makeAsyncIterator() -> Iterator { Iterator(buffer: buffer) }

    public struct Iterator: AsyncIteratorProtocol {
        let buffer: MessageBuffer<AgentMessage>

        public mutating func next(isolation actor: isolated (any Actor)?) async -> AgentMessage? {
            await buffer.take()
        }
    }
}
