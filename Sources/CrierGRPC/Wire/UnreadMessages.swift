import NIOCore
import Synchronization

/// The messages of a call that its `async` reader has not taken: a bounded amount, since the call pauses and resumes as
/// this says. Filled on the call's loop, read by one task at a time.
final class UnreadMessages: Sendable {
    /// What follows the last message.
    enum Ending: Equatable {
        /// No more messages, as agreed.
        case complete
        case failed(GRPCStatus)
    }

    private struct State {
        var messages = CircularBuffer<ByteBuffer>()
        var byteCount = 0
        var isPaused = false
        var ending: Ending?
        var reader: CheckedContinuation<Void, Never>?

        mutating func takeReader() -> CheckedContinuation<Void, Never>? {
            defer { reader = nil }
            return reader
        }
    }

    private enum Taken {
        case message(ByteBuffer, resumes: Bool)
        case ending(Ending)
        case nothing
    }

    private let state = Mutex(State())

    // MARK: For the call

    /// Appends a copy of a message. True when the call is to pause.
    func append(_ message: UnsafeRawBufferPointer) -> Bool {
        let buffer = ByteBuffer(bytes: message)
        let (reader, pauses) = state.withLock { state in
            state.messages.append(buffer)
            state.byteCount += buffer.readableBytes
            let pauses = !state.isPaused && state.byteCount > Limit.unreadBytes
            if pauses { state.isPaused = true }
            return (state.takeReader(), pauses)
        }
        reader?.resume()
        return pauses
    }

    /// No more messages come. A failure takes the place of what was said before.
    func end(_ ending: Ending) {
        let reader = state.withLock { state in
            if state.ending == nil || ending != .complete { state.ending = ending }
            return state.takeReader()
        }
        reader?.resume()
    }

    // MARK: For the reader

    /// The next message, however the call ended behind it; nil when all were taken and it ended as agreed.
    /// - Parameters:
    ///   - resume: The call is to go on; called on the reader's task.
    ///   - onCancel: The reader's task was cancelled while it waited.
    /// - Throws: The failure that ended the call; CANCELLED when the task is cancelled.
    func next(
        resume: @Sendable () -> Void, onCancel: @escaping @Sendable () -> Void = {}
    ) async throws(GRPCStatus) -> ByteBuffer? {
        while true {
            switch take() {
            case .message(let message, let resumes):
                if resumes { resume() }
                return message
            case .ending(.complete):
                return nil
            case .ending(.failed(let status)):
                throw status
            case .nothing:
                await wait(onCancel)
                if Task.isCancelled { throw GRPCStatus(.cancelled, "the task was cancelled") }
            }
        }
    }

    private func take() -> Taken {
        state.withLock { state in
            guard let message = state.messages.popFirst() else { return state.ending.map(Taken.ending) ?? .nothing }
            state.byteCount -= message.readableBytes
            let resumes = state.isPaused && state.byteCount <= Limit.unreadBytes / 2
            if resumes { state.isPaused = false }
            return .message(message, resumes: resumes)
        }
    }

    private func wait(_ onCancel: @escaping @Sendable () -> Void) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation before this look is seen here; one after it wakes the continuation.
                let isReady = state.withLock { state in
                    guard state.messages.isEmpty, state.ending == nil, !Task.isCancelled else { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeReader() }?.resume()
            onCancel()
        }
    }
}
