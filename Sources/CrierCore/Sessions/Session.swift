import NIOCore
import Synchronization

/// One stay of a client on this node: a few words that belong to the loop of its connection.
///
/// ```
///            attach                 newer session, silence, stall, drain, disconnect
///   (none) ─────────▶ open ────────────────────────────────────────────────────────▶ ended
///                      └─ retired: the registry holds a newer session; its loop hears of it in a moment
/// ```
///
/// @unchecked Sendable: the registry and other loops hold references. The `let`s are immutable and Sendable, except
/// `outlet`'s; every `var` is touched only on `home`'s loop (the functions of `GatewayLoop`, which assert it);
/// `retired` is atomic. The outlet is let go of on that loop too, by `close`, so whoever drops the session last does
/// not run the outlet's deinit elsewhere.
final class Session: @unchecked Sendable {
    let client: ClientID
    let generation: Generation
    let id: SessionID
    let instance: InstanceID
    let attempt: UInt64
    let labels: [Label]
    let agentVersion: String
    /// Milliseconds since 1970.
    let connectedAt: Int64
    /// Where the session lives. The loop lists its open sessions, and the cycle ends with the session.
    let home: GatewayLoop
    /// The place in the loop's table.
    let place: UInt32

    /// Set under the registry's lock when a newer session takes the client over, on whatever loop that one is. From
    /// then on nothing more is written to this one, also before its loop has heard of it.
    private let retired = Atomic<Bool>(false)

    // MARK: On the loop only

    private(set) var outlet: (any Outlet)?
    /// When the client was last heard. Counts only for clients that beat.
    var lastHeard: NIODeadline
    var hasBeaten = false
    /// Something was delivered since the outlet was last seen empty: only then is it asked whether it is stalled.
    var mayBeStalled = false
    /// Pushes that wait for this client's acknowledgement.
    var awaitedAcks = 0
    // Unchecked: it is stored to and read as a whole, with each push.
    @exclusivity(unchecked) var lastPush = LastPush()

    init(
        _ registration: Registration,
        id: SessionID,
        generation: Generation,
        attempt: UInt64,
        outlet: any Outlet,
        home: GatewayLoop,
        place: UInt32,
        connectedAt: Int64
    ) {
        client = registration.client
        labels = registration.labels
        instance = registration.instance
        agentVersion = registration.agentVersion
        self.id = id
        self.generation = generation
        self.attempt = attempt
        self.outlet = outlet
        self.home = home
        self.place = place
        self.connectedAt = connectedAt
        lastHeard = home.eventLoop.now
    }

    var route: SessionRoute { SessionRoute(loop: UInt32(home.index), place: place, generation: generation) }

    var isRetired: Bool { retired.load(ordering: .acquiring) }

    func retire() { retired.store(true, ordering: .releasing) }

    /// Takes the outlet away; the session is ended from here on.
    func close() -> (any Outlet)? {
        defer { outlet = nil }
        return outlet
    }
}
