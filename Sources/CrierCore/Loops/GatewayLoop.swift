import NIOCore

/// What the gateway keeps for one event loop: its sessions, its pushes under way, its timers.
///
/// Order: one publisher's pushes to one client are never reordered.
/// - A publisher is one connection and so one loop; a session is bound to one loop as well. So all pushes of this
///   publisher to this session go the same way: by a plain call when the loops are one, through one first-in-first-out
///   outbox and inbox otherwise. Neither way overtakes itself.
/// - A client that reconnects, to whatever loop, gets another session. A push belongs to the session that the registry
///   named when it was made and is never moved to a newer one: when it arrives late, and the session is retired by
///   then, it is answered NOT_CONNECTED. The session is retired under the lock that makes the new one visible. So once
///   a push has been routed to the newer session, none that is taken up later is written to the older.
///
/// @unchecked Sendable: the `let`s are immutable and Sendable; every `var` is touched on `eventLoop` only, which each
/// entry point asserts. Other loops reach this one through `inbox`.
final class GatewayLoop: @unchecked Sendable {
    let index: Int
    let eventLoop: any EventLoop
    let context: GatewayContext
    /// The node's name in memory of this loop's own: every result has it, and all loops would count references to one.
    let node: NodeID
    private let prefetchObject: GatewayEnvironment.Prefetch
    private let inbox = LoopInbox()

    // MARK: On the loop only

    // Unchecked, where a push uses them: none of these calls anybody (but for `prefetch`, which reads and calls what
    // only asks the memory), so no use can overlap another.
    @exclusivity(unchecked) var sessions = SessionTable()
    @exclusivity(unchecked) var pending = PendingPushes()
    @exclusivity(unchecked) var ids: MessageIDGenerator
    @exclusivity(unchecked) var tally = PushTally()
    /// Set when the gateway is made, if it is one of many.
    var forwarding: LoopForwarding? { didSet { uncountedForwarding = forwarding.map(Unmanaged.passUnretained) } }
    /// The same for pushes: it is held weakly as well, and counting references to such an object is slow.
    @exclusivity(unchecked) private(set) var uncountedForwarding: Unmanaged<LoopForwarding>?
    var waits = AckWaits()
    var refusedPushes = RefusedPushes()
    /// In the order of their time, since the grace is the same for all.
    var departures: CircularBuffer<Departure> = []
    var drain: LoopDrain?
    /// Where the last shedding came to, downwards.
    var shedPlace = 0
    var timer = LoopTimer()
    var sweep = SweepState()
    /// What time it was at the last tick, seconds ago at most while there are sessions: free to read. Nanoseconds.
    @exclusivity(unchecked) var coarseTime: UInt64 = 0
    // Unchecked like those: what adds to a mail only copies.
    @exclusivity(unchecked) private var outbox = LoopOutbox()
    private var isEmptyingInbox = false

    init(index: Int, eventLoop: any EventLoop, context: GatewayContext) {
        self.index = index
        self.eventLoop = eventLoop
        self.context = context
        node = context.node.copied
        prefetchObject = context.environment.prefetch
        ids = MessageIDGenerator(random: context.environment.random)
    }

    /// A push along this route, to a session of this loop, is about to come.
    func prefetch(_ route: SessionRoute) { sessions.prefetch(route, prefetchObject) }

    /// On this loop: has another one do something, when this turn is over. All that one epoll found, or one emptying of
    /// the inbox brought, is a turn.
    func post(to index: Int, _ target: @autoclosure () -> GatewayLoop, _ add: (inout LoopMail) -> Void) {
        eventLoop.assertInEventLoop()
        if outbox.isEmpty, !isEmptyingInbox { eventLoop.execute { self.outbox.deliver(from: self) } }
        outbox.mail(to: index, target(), add)
    }

    /// From any loop: takes over what there is to do here. One wake serves all that comes until it is up.
    func accept(_ mail: inout LoopMail, from sender: GatewayLoop) {
        if inbox.append(&mail, from: sender) { eventLoop.execute { self.emptyInbox() } }
    }

    private func emptyInbox() {
        isEmptyingInbox = true
        var deliveries = inbox.take()
        while var delivery = deliveries.popLast() {
            let sender = delivery.sender
            // Moved out: memory that is shared could not be used again.
            var mail = LoopMail()
            swap(&mail, &delivery.mail)
            mail.forEachPush(ahead: prefetch) { receive($0, $1, from: sender) }
            for (outcome, ticket) in mail.outcomes { answer(ticket, outcome) }
            for ticket in mail.written { tellWritten(ticket) }
            for (result, ticket) in mail.results { answer(ticket, result) }
            for session in mail.superseded { supersede(session) }
            outbox.recycle(mail)
        }
        isEmptyingInbox = false
        outbox.deliver(from: self)
    }
}
