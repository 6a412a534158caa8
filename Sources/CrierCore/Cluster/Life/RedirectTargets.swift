/// Where clients that leave this node are sent: to nodes that are up and not full, the emptier the likelier.
///
/// Each session gets an order of its own, drawn by the room that the nodes have below the average and their limits. So
/// many clients together spread as the room does, without anybody counting them, and whoever finds one node closed
/// tries another than its neighbour does.
struct RedirectTargets: Sendable, Equatable {
    private struct Target: Equatable {
        let address: String
        let weight: UInt64

        init(_ node: ClusterNode, weight: Int) {
            address = node.clientAddress
            // No more than it has room for; and never nothing, so that a choice is always possible.
            self.weight = UInt64(max(min(weight, node.room), 1))
        }
    }

    private let targets: [Target]

    /// Nobody knows a place.
    static let none = RedirectTargets(targets: [])

    private init(targets: [Target]) { self.targets = targets }

    var isEmpty: Bool { targets.isEmpty }

    /// For a node that all its clients leave.
    ///
    /// - Parameters:
    ///   - others: the other nodes, with their clients as last said.
    ///   - leaving: clients that will come to them.
    init(from others: [ClusterNode], leaving: Int) {
        let up = others.filter(\.takesClients)
        guard !up.isEmpty else {
            self = .none
            return
        }
        // Counts are seconds old: where all are full, one may have room by now.
        let open = up.allSatisfy(\.isFull) ? up : up.filter { !$0.isFull }
        let total = open.reduce(max(leaving, 0)) { $0 + max($1.sessions, 0) }
        let average = EvenLevel.of(total, limits: open.map(\.sessionLimit))
        let least = average / LifeLimits.fullNodeShare + 1
        targets = open.map { Target($0, weight: max(average - $0.sessions, 0) + least) }
    }

    /// For a node that has too many: only to those that are below the average, and not full.
    init(from others: [ClusterNode], below average: Int) {
        targets =
            others
            .filter { $0.takesClients && !$0.isFull && $0.sessions < average }
            .map { Target($0, weight: average - max($0.sessions, 0)) }
    }

    /// The addresses for one session, best first.
    func addresses(for generation: Generation) -> [String] {
        var rest = targets
        var draw = generation.rawValue
        var addresses: [String] = []
        while !rest.isEmpty, addresses.count < LifeLimits.redirectTargets {
            draw = Self.mixed(draw)
            var point = draw % rest.reduce(0) { $0 + $1.weight }
            let place = rest.firstIndex { target in
                guard point >= target.weight else { return true }
                point -= target.weight
                return false
            }
            addresses.append(rest.remove(at: place ?? 0).address)
        }
        return addresses
    }

    /// SplitMix64: neighbouring generations get unlike numbers.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var word = number &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

extension ClusterNode {
    /// Clients may be sent there: it is up, and has said where they reach it.
    var takesClients: Bool { state == .up && !clientAddress.isEmpty }

    /// It has as many clients as it takes: it would refuse one more.
    var isFull: Bool { room <= 0 }

    /// How many clients more it takes, as last said.
    var room: Int { sessionLimit.map { $0 - sessions } ?? .max }
}
