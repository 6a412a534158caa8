@testable import CrierCore

/// An agent: connects, moves, disappears, comes back, and obeys what its gateway says.
final class SimulatedClient {
    let id: ClientID
    let instance: InstanceID
    unowned let world: SimulatedWorld
    /// The stream it uses; others of it that a node has are left over.
    private(set) var stream: SimulatedSession?
    /// A final redirect was obeyed.
    private(set) var isAway = false
    /// Another client has the same id.
    let hasClone: Bool
    private var attempt: UInt64 = 0

    init(_ id: String, instance: String, hasClone: Bool, _ world: SimulatedWorld) throws {
        self.id = try ClientID(validating: id)
        self.instance = try InstanceID(validating: instance)
        self.hasClone = hasClone
        self.world = world
    }

    var isConnected: Bool { stream?.isOpen == true }

    /// Tries a node; the try may take long, and be given up for another meanwhile.
    func connect() {
        guard !isAway, stream == nil else { return }
        guard let node = world.anyReachableNode() else { return retry() }
        attempt += 1
        let attempt = attempt
        let delay =
            world.random.chance(10) ? world.random.number(500_000...4_000_000) : world.random.number(500...20_000)
        node.later(delay) { node in
            let stream = node.attach(self, attempt: attempt)
            guard attempt == self.attempt, let stream else {
                // The client does not wait for this one any more: the node finds out in a while.
                if let stream { self.abandon(stream) } else if attempt == self.attempt { self.retry() }
                return
            }
            self.stream = stream
        }
        world.time.after(1_000_000) { [self] in
            if attempt == self.attempt, stream == nil { connect() }
        }
    }

    /// Leaves its stream and connects anew, wherever. The node may hear of it at once or late.
    func move() {
        if let stream { abandon(stream) }
        stream = nil
        connect()
    }

    /// Goes for a while.
    func rest() {
        guard let stream else { return }
        abandon(stream)
        self.stream = nil
        attempt += 1
        world.time.after(world.random.number(10_000...8_000_000)) { [self] in connect() }
    }

    private func abandon(_ stream: SimulatedSession) {
        let delay =
            world.random.chance(60) ? world.random.number(100...5_000) : world.random.number(1_000_000...20_000_000)
        stream.node.later(delay) { $0.detach(stream) }
    }

    /// The gateway ended a stream.
    func ended(_ stream: SimulatedSession, _ how: RemoteEnd) {
        guard stream === self.stream else { return }
        self.stream = nil
        if how == .superseded, instance.isKnown {
            if !hasClone { world.checker.fail("the only instance of \(id) was sent away for good") }
            isAway = true
        } else {
            retry()
        }
    }

    /// The connection broke.
    func lost(_ stream: SimulatedSession) {
        guard stream === self.stream else { return }
        self.stream = nil
        connect()
    }

    private func retry() {
        let before = attempt
        world.time.after(world.random.number(10_000...1_000_000)) { [self] in
            if attempt == before, stream == nil, !isAway { connect() }
        }
    }
}
