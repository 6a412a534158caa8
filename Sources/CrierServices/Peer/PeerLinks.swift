public import CrierCore
public import CrierGRPC
public import NIOCore
import Synchronization

/// The ways from this node to all others: for each event loop a stream of its own to each node, so that a push leaves
/// on the loop that it was made on.
public final class PeerLinks: PushForwarding, NodeObserver {
    private let own: NodeID
    private let directory: any RouteDirectory
    private let secret: PeerSecret?
    let channel: ChannelConfiguration
    private let loops = Mutex<[NIOLoopBound<LoopPeerLinks>]>([])

    /// - Parameters:
    ///   - own: This node.
    ///   - directory: Tells where nodes listen, and when they go.
    ///   - secret: What the nodes of this cluster share; nil: their certificates tell who they are.
    ///   - channel: How to dial other nodes, TLS included; time-outs and limits are set here.
    ///   - timing: When a silent node is given up.
    public init(
        own: NodeID,
        directory: any RouteDirectory,
        secret: PeerSecret?,
        channel: ChannelConfiguration = .init(),
        timing: PeerTiming = PeerTiming()
    ) {
        self.own = own
        self.directory = directory
        self.secret = secret
        var channel = channel
        channel.giveUp(connect: timing.connect, idleBeforePing: timing.silence, pingTimeout: timing.answer)
        channel.streamWindow = PeerLimits.streamWindow
        channel.limits.inboundMessageBytes = PeerLimits.inboundMessageBytes
        channel.backoff.initial = PeerLimits.firstBackoff
        channel.backoff.maximum = PeerLimits.firstBackoff
        channel.userAgent = "crier-peer"
        self.channel = channel
        directory.observeNodes(self)
    }

    public func forwarder(on eventLoop: any EventLoop, answers: any ForwardingAnswers) -> any PushForwarder {
        let links = LoopPeerLinks(self, on: eventLoop, answers: answers)
        let bound = NIOLoopBound(links, eventLoop: eventLoop)
        loops.withLock { $0.append(bound) }
        return links
    }

    public func nodesChanged(_ change: NodeChange) {
        for loop in loops.withLock({ $0 }) { loop.eventLoop.execute { loop.value.changed(change) } }
    }

    /// Ends all links; pushes under way are answered with what is known of them. Returns when all connections are
    /// closed: the event loops must run until then.
    public func close() async {
        // From here on nobody is told of nodes: the loops may end.
        let all = loops.withLock { loops in
            defer { loops = [] }
            return loops
        }
        let closed = all.map { loop in loop.eventLoop.flatSubmit { loop.value.closeAll() } }
        // Closing does not fail; a loop that has ended has no connections.
        for future in closed { try? await future.get() }
    }

    // MARK: For the loops

    func node(_ incarnation: Incarnation) -> ClusterNode? {
        directory.nodes.first { $0.incarnation == incarnation }
    }

    func options(for node: ClusterNode, caller: UInt64) -> CallOptions {
        var options = CallOptions()
        options.metadata.add(PeerService.callerField, String(caller, radix: 16))
        options.metadata.add(PeerService.calleeField, node.incarnation.description)
        options.metadata.add(PeerService.nodeField, own.rawValue)
        if let secret { options.metadata.add(PeerSecret.field, binary: secret.bytes) }
        return options
    }
}
