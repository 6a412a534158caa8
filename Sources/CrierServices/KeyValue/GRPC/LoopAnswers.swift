import CrierCore
import NIOCore
import Synchronization

/// Who waits on an event loop for what another thread has.
protocol AnswerReceiver: AnyObject {
    func written(_ result: Result<StoreTransaction.Outcome, KeyValueError>)
    func read(_ result: Result<StoreRead, KeyValueError>)
    /// The watch is worth polling.
    func hasNews()
}

extension AnswerReceiver {
    func written(_ result: Result<StoreTransaction.Outcome, KeyValueError>) {}
    func read(_ result: Result<StoreRead, KeyValueError>) {}
    func hasNews() {}
}

/// The way from the store's threads to the calls of one event loop: many answers, one wake.
///
/// The writer answers all transactions of a commit one after the other, and a change has news for all its watchers at
/// once: a wake for each would cost more than the work. Bounded by the calls: each has one answer in here at most.
final class LoopAnswers: Sendable {
    enum Answer: Sendable {
        case written(Result<StoreTransaction.Outcome, KeyValueError>)
        case read(Result<StoreRead, KeyValueError>)
        case news
    }

    typealias Receiver = NIOLoopBound<any AnswerReceiver>

    private struct State {
        var answers: ContiguousArray<(Receiver, Answer)> = []
        var isWoken = false
    }

    let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// From any thread.
    func post(_ answer: Answer, to receiver: Receiver) {
        let mustWake = state.withLock { state in
            state.answers.append((receiver, answer))
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if mustWake { eventLoop.execute { self.deliver() } }
    }

    private func deliver() {
        let answers = state.withLock { state in
            defer { state.answers = [] }
            state.isWoken = false
            return state.answers
        }
        for (receiver, answer) in answers {
            switch answer {
            case .written(let result): receiver.value.written(result)
            case .read(let result): receiver.value.read(result)
            case .news: receiver.value.hasNews()
            }
        }
    }
}
