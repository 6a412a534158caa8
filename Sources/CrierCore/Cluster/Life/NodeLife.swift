public import NIOCore
import Synchronization

/// Whether this node takes clients: what operators and the end of the process decide, told to sessions, registry and
/// health alike.
///
/// ```
///   starting ── ready ──▶ up ── drain ──▶ draining
///                         ▲ └──── leave ─────┐ │ └── cancel ──┐
///                         └──────────────────┼─┼──────────────┘
///                                            ▼ ▼
///                                          leaving, for good
/// ```
public final class NodeLife: Sendable {
    public enum State: Sendable, Equatable {
        case up
        /// By an operator: no new clients, and those that are there go to other nodes. Stays so until it is told
        /// otherwise.
        case draining
        /// The process ends.
        case leaving
    }

    /// How the node stands.
    public struct Report: Sendable, Equatable {
        public var node: NodeID
        public var state: State
        /// That are connected to it.
        public var clients: Int
    }

    private struct Contents {
        var state = State.up
        var isReady = false

        var isServing: Bool { isReady && state == .up }
    }

    private let gateway: Gateway
    private let registry: ClusterRegistry?
    /// Over which clients leave when nobody says another time.
    private let drainTime: TimeAmount
    private let serving: @Sendable (Bool) -> Void
    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - registry: tells the other nodes; nil: there are none.
    ///   - drainTime: over which clients leave when nobody says another time.
    ///   - serving: told whether the node takes work, with every change, in order. Must not call back.
    public init(
        gateway: Gateway,
        registry: ClusterRegistry?,
        drainTime: TimeAmount,
        serving: @escaping @Sendable (Bool) -> Void
    ) {
        self.gateway = gateway
        self.registry = registry
        self.drainTime = drainTime
        self.serving = serving
    }

    public var node: NodeID { gateway.node }

    public var report: Report {
        Report(node: gateway.node, state: contents.withLock { $0.state }, clients: gateway.clientCount)
    }

    /// All that the node needs is there: it takes work from now on, unless it was told otherwise meanwhile.
    public func ready() { change { $0.isReady = true } }

    /// Takes no more clients, and sends those that are there to other nodes, evenly over `time`. Said again: begins
    /// anew with that time.
    ///
    /// Throws FAILED_PRECONDITION when the process ends already, INVALID_ARGUMENT for a time that is out of range.
    ///
    /// - Parameter time: nil: the node's own drain time.
    public func drain(over time: TimeAmount? = nil) throws(GatewayError) {
        let time = time ?? drainTime
        guard LifeLimits.drainTimes.contains(time) else {
            throw GatewayError(
                .invalidArgument, field: "over_ms",
                "over_ms is \(time.nanoseconds / 1_000_000); 0 to "
                    + "\(LifeLimits.drainTimes.upperBound.nanoseconds / 1_000_000) are allowed"
            )
        }
        try move(to: .draining)
        registry?.declare(.draining)
        gateway.empty(over: time)
    }

    /// Takes clients again. Those that were sent away do not come back for it; changes nothing when the node is up.
    ///
    /// Throws FAILED_PRECONDITION when the process ends already.
    public func cancel() throws(GatewayError) {
        try move(to: .up)
        gateway.stopEmptying()
        registry?.declare(.up)
    }

    /// Before the process ends: sends all clients away over the node's drain time. Returns when none is left. Nothing
    /// else can be decided from then on.
    public func leave() async throws {
        change { $0.state = .leaving }
        registry?.declare(.draining)
        try await gateway.drain(over: drainTime)
    }

    private func move(to state: State) throws(GatewayError) {
        var isLeaving = false
        change { contents in
            isLeaving = contents.state == .leaving
            if !isLeaving { contents.state = state }
        }
        guard isLeaving else { return }
        throw GatewayError(.failedPrecondition, "node \(gateway.node) is ending; it can be neither drained nor kept")
    }

    private func change(_ body: (inout Contents) -> Void) {
        contents.withLock { contents in
            let before = contents.isServing
            body(&contents)
            // Under the lock, so that it is told in order.
            if contents.isServing != before { serving(contents.isServing) }
        }
    }
}
