import NIOCore

/// Watches who takes one client id from whom, and settles a fight of clones for the one that holds it.
///
/// An agent that moves takes its id over once and the old instance, told that this was final, stays away. Two agents
/// with one id (a cloned disk image) take it from each other for ever. The sign of them is an instance that comes
/// *back* after it was superseded: at the third take-over within a minute with two such returns the newcomer is
/// refused. With two instances this is "the third take-over"; it holds for three clones as well, and an agent that
/// crashes and starts with ever new instances never counts.
struct CloneWatch {
    private struct Takeover {
        var at: NIODeadline
        var evicted: InstanceID
        var newcomer: InstanceID
    }

    private var takeovers: [Takeover] = []
    private var refusals = 0
    private var quarantine: [InstanceID: NIODeadline] = [:]
    private var lastSeen: NIODeadline

    init(now: NIODeadline) { lastSeen = now }

    /// Whether the watch says nothing any more and may be dropped.
    func isForgotten(at now: NIODeadline) -> Bool { lastSeen + Limits.cloneMemory <= now }

    /// `newcomer` wants the id that `holder` holds; both are known and differ. Returns how long it must stay away, or
    /// `nil` when it may have it, which is then recorded.
    mutating func takeover(by newcomer: InstanceID, from holder: InstanceID, at now: NIODeadline) -> TimeAmount? {
        note(by: newcomer, from: holder, at: now)
        if quarantine[newcomer].map({ now < $0 }) == true || isFight {
            takeovers.removeLast()
            return refuse(newcomer, at: now)
        }
        quarantine[newcomer] = nil
        return nil
    }

    /// A take-over that has happened elsewhere: it counts, and nobody can be refused for it.
    mutating func note(by newcomer: InstanceID, from holder: InstanceID, at now: NIODeadline) {
        lastSeen = now
        takeovers.removeAll { $0.at + Limits.cloneWindow <= now }
        if takeovers.count >= Limits.cloneMemoryTakeovers { takeovers.removeFirst() }
        takeovers.append(Takeover(at: now, evicted: holder, newcomer: newcomer))
    }

    private var isFight: Bool {
        guard takeovers.count >= Limits.cloneTakeovers else { return false }
        let returns = takeovers.indices.filter { index in
            takeovers[..<index].contains { $0.evicted == takeovers[index].newcomer }
        }
        return returns.count >= Limits.cloneTakeovers - 1
    }

    private mutating func refuse(_ newcomer: InstanceID, at now: NIODeadline) -> TimeAmount {
        let doublings = min(refusals, 16)
        let delay = min(Limits.quarantineBase * (1 << doublings), Limits.quarantineMaximum)
        refusals += 1
        quarantine = quarantine.filter { $0.value > now }
        quarantine[newcomer] = now + delay
        return delay
    }
}
