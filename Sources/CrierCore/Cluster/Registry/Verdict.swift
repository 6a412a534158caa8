/// A session of this node, as its record will tell it.
struct LocalSession: Sendable, Equatable {
    var client: ClientID
    var session: SessionID
    var generation: Generation
    var instance: InstanceID
    var attempt: UInt64
    /// Milliseconds since 1970.
    var connectedAt: Int64
}

/// What becomes of a session of this node when another node's record of its client is there.
enum Verdict: Equatable {
    /// Ours is the newer one: its record replaces the other.
    case keep
    /// The other is the newer one: ours ends for good.
    case superseded
    /// Ours may well be the newer one, but its generation is too low to say so: the client comes again and gets a
    /// higher one.
    case comeAgain

    /// - Parameter replacedOurs: the other took the place of our own record, which it therefore knew.
    init(_ ours: LocalSession, against theirs: RouteEntry, replacedOurs: Bool) {
        let isHigher = ours.generation > theirs.generation
        if ours.instance.isKnown, ours.instance == theirs.instance, ours.attempt > 0, theirs.attempt > 0 {
            if theirs.attempt > ours.attempt {
                self = .superseded
            } else {
                self = isHigher ? .keep : .comeAgain
            }
        } else if isHigher {
            self = .keep
        } else {
            self = replacedOurs ? .superseded : .comeAgain
        }
    }
}
