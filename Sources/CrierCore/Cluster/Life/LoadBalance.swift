import NIOCore

/// Decides when this node has too many clients, and how many of them it sheds to others. A plain state machine: counts
/// and times go in.
///
/// ```
///   watching ── too many for a while ──▶ shedding ── as many as were too many ──▶ resting ──▶ watching
///                                            └── nodes came or went ───────────────▲  │
///                                                                                  └──┘ longer, while it does not help
/// ```
///
/// Each node sheds by itself what it has above the average and a margin, so together they end where none has that. What
/// others have is known late. So the average is taken once for each round, when nothing has moved by this node for
/// longer than counts are old, and a round never sheds more than was too much at its beginning: old counts can make it
/// end too soon, and not go too far.
struct LoadBalance {
    /// What is to be done now.
    struct Order: Equatable {
        /// Clients to send away.
        var count: Int
        /// To nodes that have fewer than this.
        var average: Int
    }

    private struct Round {
        let nodes: Set<Incarnation>
        let average: Int
        /// How many clients this node may keep.
        let limit: Int
        /// How many it had.
        let before: Int
        /// How many are still to go.
        var left: Int
        var shed = 0
        var next: NIODeadline
    }

    private enum Phase {
        /// `since` when there have been too many; nil: there are not.
        case watching(since: NIODeadline?)
        case shedding(Round)
        case resting(until: NIODeadline, after: Round?)
    }

    private var phase = Phase.watching(since: nil)
    /// Rounds in a row that did not help: clients that are sent away and come back cannot reach the others.
    private var failures = 0

    var isShedding: Bool { if case .shedding = phase { true } else { false } }

    /// Called about once a second.
    ///
    /// - Parameters:
    ///   - own: the clients of this node.
    ///   - others: the other nodes, with their clients as last said; nil: what is known of them may be wrong, or this
    ///     node takes no clients.
    mutating func look(own: Int, others: [ClusterNode]?, now: NIODeadline) -> Order? {
        guard let others, let view = View(own: own, others) else {
            switch phase {
            case .watching: phase = .watching(since: nil)
            case .shedding(let round): phase = .resting(until: now + LifeLimits.restTime, after: round)
            case .resting: break
            }
            return nil
        }
        switch phase {
        case .watching(let since): return watch(since, view, now: now)
        case .shedding(let round): return shed(round, view, now: now)
        case .resting(let until, let round):
            if until <= now { judge(round, own: own, now: now) }
            return nil
        }
    }

    private mutating func watch(_ since: NIODeadline?, _ view: View, now: NIODeadline) -> Order? {
        guard view.own > view.trigger else {
            phase = .watching(since: nil)
            return nil
        }
        let since = since ?? now
        guard since + LifeLimits.settleTime <= now else {
            phase = .watching(since: since)
            return nil
        }
        let round = Round(
            nodes: view.nodes, average: view.average, limit: view.limit, before: view.own,
            left: view.own - view.limit, next: now
        )
        return shed(round, view, now: now)
    }

    private mutating func shed(_ round: Round, _ view: View, now: NIODeadline) -> Order? {
        var round = round
        guard round.left > 0, view.own > round.limit, view.nodes == round.nodes else {
            phase = .resting(until: now + LifeLimits.restTime, after: round)
            return nil
        }
        guard round.next <= now else {
            phase = .shedding(round)
            return nil
        }
        let rate = min(max(view.own / LifeLimits.shedShare, 1), LifeLimits.shedPerSecond)
        let count = min(rate, round.left, view.own - round.limit)
        round.left -= count
        round.shed += count
        round.next = now + .seconds(1)
        phase = .shedding(round)
        return Order(count: count, average: round.average)
    }

    /// After a rest: did it help?
    private mutating func judge(_ round: Round?, own: Int, now: NIODeadline) {
        phase = .watching(since: nil)
        guard let round else { return }
        guard own > round.before - round.shed / 2 else {
            failures = 0
            return
        }
        failures += 1
        let pause = LifeLimits.restTime * (1 << min(failures, 10))
        phase = .resting(until: now + min(pause, LifeLimits.longestRest), after: nil)
    }
}

/// How the clients are spread, as this node knows it.
private struct View {
    let own: Int
    let nodes: Set<Incarnation>
    let average: Int
    /// What a node may have: above it is too much.
    let limit: Int
    /// From here on something is done about it. Higher than the limit: what is a little above is left alone.
    let trigger: Int

    /// nil: there is nobody to take clients.
    init?(own: Int, _ others: [ClusterNode]) {
        let up = others.filter { $0.state == .up }
        self.own = own
        nodes = Set(up.map(\.incarnation))
        // Clients of nodes that drain are about to come to those that are up.
        let total = others.reduce(own) { $0 + max($1.sessions, 0) }
        // What this node has fits its own limit.
        let average = EvenLevel.of(total, limits: [nil] + up.map(\.sessionLimit))
        self.average = average
        limit = average + max(average / LifeLimits.marginShare, LifeLimits.leastMargin)
        trigger = limit + max(average / (2 * LifeLimits.marginShare), LifeLimits.leastMargin / 2)
        guard up.contains(where: { $0.takesClients && !$0.isFull && $0.sessions < average }) else { return nil }
    }
}
