public import NIOCore

/// The way down to one client: what its service hands to the core when the client connects.
///
/// Bound to the loop of the client's connection: the core calls it only there, and never from inside another call of
/// the same outlet. After `end` it is never called again.
public protocol Outlet: AnyObject {
    /// Gives the message to the client's stream, or refuses it; never waits.
    func deliver(_ message: EncodedMessage) -> OutletAnswer

    /// Ends the client's stream after what was delivered. Must not call back into the session.
    func end(_ reason: SessionEnd)

    /// When the oldest unsent byte was delivered; `nil` when nothing waits.
    var stalledSince: NIODeadline? { get }

    /// Delivered and not yet handed to the client's socket.
    var queuedBytes: Int { get }

    /// `host:port` of the client, for those who look.
    var peerAddress: String { get }

    /// How long a byte takes to the client and its acknowledgement back, for those who look; nil when it is not known.
    var roundTrip: TimeAmount? { get }

    /// What `deliver` touches; asked for once, when the session begins.
    var footprint: OutletFootprint { get }
}

extension Outlet {
    public var roundTrip: TimeAmount? { nil }
    public var footprint: OutletFootprint { OutletFootprint(self) }
}

public enum OutletAnswer: Sendable, Equatable {
    /// Handed to the stream, in order.
    case accepted
    /// Refused: more than `Limits.outletQueueBytes` wait already, since the client does not read.
    case congested
    /// Refused: the stream is gone, and its service is about to say so.
    case closed
}

/// Why a session ended.
public enum SessionEnd: Sendable, Equatable {
    /// The client's stream ended or broke; said by its service.
    case disconnected
    /// A newer session of the client took its place. It was told so.
    case superseded
    /// The client used to beat and fell silent for this long.
    case silent(TimeAmount)
    /// The client did not read for this long.
    case stalled(TimeAmount)
    /// The gateway is leaving. The client was told so.
    case drained
    /// The node has more clients than others. The client was told where to go.
    case rebalanced
    /// Another node registered a session of the client, and which is the newer one is not known: the client was asked
    /// to come again.
    case recalled
}

extension SessionEnd {
    static let labels = ["disconnected", "superseded", "silent", "stalled", "drained", "rebalanced", "recalled"]

    /// The word for logs and metrics.
    var label: String {
        switch self {
        case .disconnected: "disconnected"
        case .superseded: "superseded"
        case .silent: "silent"
        case .stalled: "stalled"
        case .drained: "drained"
        case .rebalanced: "rebalanced"
        case .recalled: "recalled"
        }
    }
}
