/// Hears of clients that come and go. Routing knows at once; "offline" is told only after a grace time, and not at all
/// when the client is back by then.
///
/// Called on whichever loop noticed: it must not block. Two events of one client may come from two loops;
/// `generation` orders them.
public protocol PresenceObserver: Sendable {
    func changed(_ event: PresenceEvent)
}

public struct PresenceEvent: Sendable, Equatable {
    public var client: ClientID
    public var kind: Kind
    /// The session that began or ended.
    public var generation: Generation

    public enum Kind: Sendable, Equatable {
        case online, offline
    }

    public init(client: ClientID, kind: Kind, generation: Generation) {
        self.client = client
        self.kind = kind
        self.generation = generation
    }
}

/// Hears how far clients are with their files. Called on the client's loop: it must not block.
public protocol FileStatusObserver: Sendable {
    func reported(_ status: FileStatus, by client: ClientID)
}
