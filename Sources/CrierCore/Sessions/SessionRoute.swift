/// Where a session lives, in plain words: a push that looks for its client gets this and not the session itself, whose
/// references all loops would count, one waiting for the other.
struct SessionRoute: Sendable, Equatable {
    /// The index of the session's loop.
    let loop: UInt32
    /// The session's place on that loop.
    let place: UInt32
    /// Places are used again; generations are not.
    let generation: Generation
}
