import NIOCore

@testable import CrierCore

/// Nodes that shed to each other, second by second, with counts that are seconds old; everything follows from the seed.
struct EveningOutSimulation {
    struct Node {
        let id: NodeID
        let incarnation: Incarnation
        var balance = LoadBalance()
        /// When each of its clients came, the oldest first.
        var clients: [Int] = []
        /// Clients before this place have gone.
        var first = 0
        /// What its record says.
        var told = 0
        var toldAt = 0
        var shed = 0

        var count: Int { clients.count - first }

        var record: ClusterNode {
            ClusterNode(
                id: id, incarnation: incarnation, peerAddress: "p", clientAddress: id.rawValue, sessions: told)
        }
    }

    private var random: SeededRandom
    private(set) var nodes: [Node] = []
    private(set) var second = 0
    /// Clients on their way, by the second of their arrival: where they go.
    private var moving: [Int: [Int]] = [:]
    private var generation: UInt64 = 0
    private(set) var lastShed = 0
    /// How old a record may be, in seconds.
    private let staleness: Int
    /// In a hundred: clients that find the named nodes closed to them and go anywhere.
    private let strays: Int

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        staleness = random.number(1...8)
        strays = random.number(0...10)
        for _ in 0..<random.number(1...5) { try join(clients: random.chance(40) ? 0 : random.number(0...3_000)) }
        // At least one is new.
        try join(clients: 0)
    }

    var total: Int { nodes.reduce(0) { $0 + $1.count } + moving.values.reduce(0) { $0 + $1.count } }

    mutating func join(clients: Int) throws {
        let number = nodes.count + 1
        var node = Node(id: try NodeID(validating: "n\(number)"), incarnation: Incarnation(rawValue: UInt64(number)))
        node.clients = Array(repeating: second - 1_000, count: clients)
        node.told = clients
        nodes.append(node)
    }

    mutating func run(seconds: Int) {
        for _ in 0..<seconds { step() }
    }

    private mutating func step() {
        second += 1
        for place in moving.removeValue(forKey: second) ?? [] { nodes[place].clients.append(second) }
        for place in nodes.indices where nodes[place].toldAt + staleness <= second && random.chance(70) {
            (nodes[place].told, nodes[place].toldAt) = (nodes[place].count, second)
        }
        for place in nodes.indices { look(place) }
    }

    private mutating func look(_ place: Int) {
        let others = nodes.indices.filter { $0 != place }.map { nodes[$0].record }
        let now = NIODeadline.uptimeNanoseconds(UInt64(second) * 1_000_000_000)
        guard let order = nodes[place].balance.look(own: nodes[place].count, others: others, now: now) else { return }
        let targets = RedirectTargets(from: others, below: order.average)
        let youngest = second - Int(LifeLimits.shedAge.nanoseconds / 1_000_000_000)
        for _ in 0..<order.count {
            guard nodes[place].count > 0, nodes[place].clients[nodes[place].first] <= youngest else { return }
            nodes[place].first += 1
            nodes[place].shed += 1
            lastShed = second
            generation += 1
            let named = targets.addresses(for: Generation(rawValue: generation)).first
            var target = nodes.firstIndex { $0.id.rawValue == named } ?? place
            if random.chance(strays) { target = random.number(0...nodes.count - 1) }
            moving[second + random.number(1...3), default: []].append(target)
        }
    }
}
