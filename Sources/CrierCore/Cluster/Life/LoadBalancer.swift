public import Logging
import NIOCore
import Synchronization

/// Evens out the clients between this node and the others: looks at their counts once a second, and sheds what
/// `LoadBalance` says.
public final class LoadBalancer: Sendable {
    private let gateway: Gateway
    private let registry: ClusterRegistry
    private let logger: Logger
    private let balance = Mutex(LoadBalance())

    public init(gateway: Gateway, registry: ClusterRegistry, logger: Logger = Logger(label: "crier.balance")) {
        self.gateway = gateway
        self.registry = registry
        self.logger = logger
    }

    /// Runs until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            look(at: registry.clock.now)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    func look(at now: NIODeadline) {
        let status = registry.status
        // Counts of a store that is away are old, and a node that drains sheds anyway.
        let isCurrent = status.isProven && status.awaySince == nil && status.node.state == .up
        let own = gateway.clientCount
        let others = isCurrent ? registry.nodes : nil
        let (order, begins) = balance.withLock { balance in
            let wasShedding = balance.isShedding
            let order = balance.look(own: own, others: others, now: now)
            return (order, !wasShedding && balance.isShedding)
        }
        guard let order, let others else { return }
        if begins {
            logger.info(
                "Sheds clients to nodes that have fewer",
                metadata: ["clients": "\(own)", "average": "\(order.average)"])
        }
        gateway.shed(order.count, RedirectTargets(from: others, below: order.average))
    }
}
