import NIOCore

/// A push that waits on its own loop until those before it have arrived.
struct HeldPush {
    let call: PushCall
    let message: ByteBuffer
    /// The route that turned out wrong; nil for a push that has not left yet.
    let refused: RemoteRoute?
    /// The tag under which it came back; 0 for a push that has not left yet.
    var sentAs: UInt64 = 0
}

/// One client's pushes that left this loop for another node and have not arrived yet, and those behind them.
///
/// ```
///                  answered, none left
///   under way ─────────────────────────▶ (gone)
///    │  ▲  └── WRONG_NODE ──▶ reading the route again ──┐   later pushes are held meanwhile,
///    │  └────────────── sent anew, in order ────────────┘   and released in order
///    └── the route changes ──▶ later pushes are held until all before them have arrived
/// ```
///
/// This is what keeps one publisher's pushes to one client in order: at any time they take one way only.
final class Flight {
    let client: ClientID
    /// Of those under way.
    var route: RemoteRoute
    var underWay = 0
    /// Came back, in the order in which they were made; they go before those held.
    var returned: [HeldPush] = []
    // Most flights never hold a push, and a buffer that is made takes its room at once.
    private var queue: CircularBuffer<HeldPush>?
    var isRereading = false
    /// The tag of the newest push that reached the client, or may have; 0: none.
    private var newestArrived: UInt64 = 0
    /// What the store itself said. The map may lag behind it.
    var reread: RemoteRoute?

    init(of client: ClientID, along route: RemoteRoute) {
        self.client = client
        self.route = route
    }

    var isOver: Bool { underWay == 0 && !isHolding }

    /// Whether a new push must wait, wherever it goes.
    var isHolding: Bool { isRereading || !returned.isEmpty || firstHeld != nil }

    /// Whether a push may go along this way without overtaking one that is under way.
    func admits(_ way: PushWay) -> Bool {
        guard underWay > 0 else { return true }
        if case .remote(let route) = way { return route.isSameSession(as: self.route) }
        return false
    }

    // MARK: What has arrived

    /// Whether one that was sent later has reached the client already: between the two it came to the node that had
    /// refused the earlier one.
    func hasOvertaken(_ tag: UInt64) -> Bool { newestArrived != 0 && ForwardTickets.isEarlier(tag, newestArrived) }

    /// The push with this tag reached the client, or may have. Takes those out of `returned` that were sent before it,
    /// which would come behind it now.
    func arrived(_ tag: UInt64) -> [HeldPush] {
        if !hasOvertaken(tag) { newestArrived = tag }
        guard !returned.isEmpty else { return [] }
        let overtaken = returned.filter { hasOvertaken($0.sentAs) }
        returned.removeAll { hasOvertaken($0.sentAs) }
        return overtaken
    }

    // MARK: What is held

    var firstHeld: HeldPush? { queue?.first }

    func hold(_ push: HeldPush) {
        if queue == nil { queue = CircularBuffer() }
        queue?.append(push)
    }

    func removeFirstHeld() {
        queue?.removeFirst()
        if queue?.isEmpty == true { queue = nil }
    }

    /// What came back goes before what is held.
    func holdReturned() { queue = CircularBuffer(takeReturned() + (queue ?? [])) }

    func takeReturned() -> [HeldPush] {
        defer { returned = [] }
        return returned
    }
}

/// Where a push can go now.
enum PushWay {
    case local(SessionRoute)
    case remote(RemoteRoute)
}

extension RemoteRoute {
    func isSameSession(as other: RemoteRoute) -> Bool {
        incarnation == other.incarnation && generation == other.generation
    }
}
