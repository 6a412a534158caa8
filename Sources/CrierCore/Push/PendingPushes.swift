/// The pushes of one loop whose result is still to come: who asked, by ticket.
///
/// Only the ticket travels to the client's loop and back, so a caller never leaves its own loop, and the number of
/// tickets bounds what can lie in all inboxes. Belongs to the loop.
struct PendingPushes {
    /// Why the result is not there at once.
    enum Kind: Int {
        /// The client lives on another loop; back in microseconds.
        case crossing
        /// The caller waits for the client's acknowledgement, for seconds.
        case waiting

        var limit: Int {
            switch self {
            case .crossing: Limits.crossingPushesPerLoop
            case .waiting: Limits.waitingPushesPerLoop
            }
        }
    }

    private struct Entry {
        var call: PushCall?
        var kind: Kind
        var nextFree: UInt32
    }

    private static let none = UInt32.max

    private var entries: ContiguousArray<Entry> = []
    private var firstFree = none
    private var counts = (crossing: 0, waiting: 0)

    var count: Int { counts.crossing + counts.waiting }

    /// Returns the ticket, or `nil` when the budget of its kind is spent.
    mutating func add(_ call: PushCall, kind: Kind) -> UInt32? {
        guard self[kind] < kind.limit else { return nil }
        self[kind] += 1
        let entry = Entry(call: call, kind: kind, nextFree: Self.none)
        guard firstFree != Self.none else {
            entries.append(entry)
            return UInt32(entries.count - 1)
        }
        let ticket = firstFree
        firstFree = entries[Int(ticket)].nextFree
        entries[Int(ticket)] = entry
        return ticket
    }

    subscript(ticket: UInt32) -> PushCall? { entries[Int(ticket)].call }

    /// Gives the ticket back, once.
    mutating func take(_ ticket: UInt32) -> PushCall {
        guard let call = entries[Int(ticket)].call.take() else {
            preconditionFailure("ticket \(ticket) was taken before")
        }
        self[entries[Int(ticket)].kind] -= 1
        entries[Int(ticket)].nextFree = firstFree
        firstFree = ticket
        if count == 0 { shrink() }
        return call
    }

    /// After a burst the table goes back to what an idle loop may hold.
    private mutating func shrink() {
        guard entries.count > Limits.mailRetainedItems else { return }
        entries = []
        firstFree = Self.none
    }

    private subscript(kind: Kind) -> Int {
        get { kind == .crossing ? counts.crossing : counts.waiting }
        set { if kind == .crossing { counts.crossing = newValue } else { counts.waiting = newValue } }
    }
}
