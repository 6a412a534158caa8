import CrierCore
import NIOCore
import Synchronization

/// Who waits on an event loop for what another thread has.
protocol AnswerReceiver: AnyObject {
    func written(_ result: Result<StoreTransaction.Outcome, KeyValueError>)
    func read(_ result: Result<StoreRead, KeyValueError>)
    /// The watch is worth polling; may come without a reason.
    func hasNews()
}

extension AnswerReceiver {
    func written(_ result: Result<StoreTransaction.Outcome, KeyValueError>) {}
    func read(_ result: Result<StoreRead, KeyValueError>) {}
    func hasNews() {}
}

/// The way from the store's threads to the calls of one event loop: many answers, one lock, one wake.
///
/// The writer answers all transactions of a commit one after the other, and a change has news for all its watchers at
/// once: a wake for each would cost more than the work. Only a ticket leaves the loop, so a call is never touched, nor
/// let go of, on another thread. Bounded by the calls: each has one answer in here at most.
///
/// @unchecked Sendable: `eventLoop` and `inbox` are immutable and Sendable; every `var` is touched on `eventLoop` only,
/// which `add`, `remove` and `deliver` assert.
final class LoopAnswers: @unchecked Sendable {
    enum Answer: Sendable {
        case written(Result<StoreTransaction.Outcome, KeyValueError>)
        case read(Result<StoreRead, KeyValueError>)
        case news
    }

    /// The place of a receiver.
    struct Ticket: Sendable {
        fileprivate let place: Int
    }

    private struct Posted {
        let ticket: Ticket
        let answer: Answer
    }

    private struct Inbox {
        var posted: ContiguousArray<Posted> = []
        var isWoken = false
    }

    let eventLoop: any EventLoop
    private let inbox = Mutex(Inbox())

    // MARK: On the loop only

    private var receivers: ContiguousArray<(any AnswerReceiver)?> = []
    private var freePlaces: ContiguousArray<Int> = []

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// On the loop: a place for somebody who waits, until `remove`.
    func add(_ receiver: any AnswerReceiver) -> Ticket {
        eventLoop.assertInEventLoop()
        guard let place = freePlaces.popLast() else {
            receivers.append(receiver)
            return Ticket(place: receivers.count - 1)
        }
        receivers[place] = receiver
        return Ticket(place: place)
    }

    /// On the loop: gives the place back. News that are still under way may reach whoever has it next.
    func remove(_ ticket: Ticket) {
        eventLoop.assertInEventLoop()
        receivers[ticket.place] = nil
        freePlaces.append(ticket.place)
    }

    /// From any thread. An answer that is no news is the last for its ticket.
    func post(_ answer: Answer, to ticket: Ticket) {
        let mustWake = inbox.withLock { inbox in
            inbox.posted.append(Posted(ticket: ticket, answer: answer))
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if mustWake { eventLoop.execute { self.deliver() } }
    }

    private func deliver() {
        eventLoop.assertInEventLoop()
        let posted = inbox.withLock { inbox in
            // The next are likely to be as many: they need not make room one after the other.
            defer {
                let count = inbox.posted.count
                inbox.posted = []
                inbox.posted.reserveCapacity(count)
            }
            inbox.isWoken = false
            return inbox.posted
        }
        for posted in posted {
            let receiver = receivers[posted.ticket.place]
            switch posted.answer {
            case .news: receiver?.hasNews()
            case .written(let result):
                remove(posted.ticket)
                receiver?.written(result)
            case .read(let result):
                remove(posted.ticket)
                receiver?.read(result)
            }
        }
    }
}
