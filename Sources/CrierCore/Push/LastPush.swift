/// What became of the last push to a session; 16 bytes, since every idle session has one.
struct LastPush {
    /// When, by the loop's own coarse time; nanoseconds.
    var at: UInt64 = 0
    /// Of the push that waits for an acknowledgement; 0 for others.
    var ticket: UInt32 = 0
    var origin = PushOrigin.here
    /// nil: there was none.
    var outcome: PushResult.Outcome?
}

/// Which node a push came to: this one, or another that forwarded it.
public struct PushOrigin: Sendable, Equatable {
    /// The place in `PushOrigins`, from 1; 0: this node.
    let place: UInt16

    /// This node; also one that does not say who it is.
    public static let here = PushOrigin(place: 0)
}
