import CrierCore
import CrierGRPC
import NIOCore

/// One event loop's links to all other nodes, each made when the first push needs it. Belongs to the loop.
final class LoopPeerLinks: PushForwarder {
    private let eventLoop: any EventLoop
    // Whoever pushes holds all links: `LoopForwarding` does.
    private unowned let links: PeerLinks
    /// Tells the other nodes which of their streams come from here: a newer one ends what an older may still hold.
    private let caller = UInt64.random(in: .min ... .max)
    private weak var answers: (any ForwardingAnswers)?
    /// One for each life of a node: another incarnation is another node.
    private var open: [Incarnation: PeerLink] = [:]

    init(_ links: PeerLinks, on eventLoop: any EventLoop, answers: any ForwardingAnswers) {
        self.links = links
        self.eventLoop = eventLoop
        self.answers = answers
    }

    func forward(
        _ push: CrierCore.ForwardedPush, _ message: EncodedMessage, along route: RemoteRoute
    ) -> ForwardAcceptance {
        guard let link = open[route.incarnation] ?? connect(route) else {
            return .unreachable("node \(route.node) is gone, or its peer address cannot be read")
        }
        return link.forward(push, message)
    }

    private func connect(_ route: RemoteRoute) -> PeerLink? {
        guard let answers, let node = links.node(route.incarnation), let target = HostPort(node.peerAddress) else {
            return nil
        }
        let channel = GRPCChannel(targets: [target], configuration: links.channel, group: eventLoop)
        let link = PeerLink(node, channel: channel, options: links.options(for: node, caller: caller), answers: answers)
        open[route.incarnation] = link
        return link
    }

    func changed(_ change: NodeChange) {
        switch change {
        case .joined: break
        case .changed(let node):
            // The next push dials where it listens now.
            if let link = open[node.incarnation], link.node.peerAddress != node.peerAddress {
                close(node.incarnation, "node \(node.id) has moved to \(node.peerAddress)")
            }
        case .left(let node): close(node.incarnation, "node \(node.id) has left")
        }
    }

    @discardableResult
    private func close(_ incarnation: Incarnation, _ reason: String) -> EventLoopFuture<Void> {
        guard let channel = open.removeValue(forKey: incarnation)?.close(reason) else {
            return eventLoop.makeSucceededVoidFuture()
        }
        return channel.close()
    }

    /// Ends all links; done when their connections are closed.
    func closeAll() -> EventLoopFuture<Void> {
        .andAllComplete(open.keys.map { close($0, "this node ends") }, on: eventLoop)
    }
}
