import NIOCore
import Testing

@testable import CrierCore

@Suite("Evening out")
struct LoadBalanceTests {
    private func node(
        _ number: UInt64, _ sessions: Int, _ state: ClusterNode.State = .up, limit: Int? = nil
    ) throws -> ClusterNode {
        ClusterNode(
            id: try NodeID(validating: "n\(number)"), incarnation: Incarnation(rawValue: number), peerAddress: "p",
            clientAddress: "n\(number):1", state: state, sessions: sessions, sessionLimit: limit)
    }

    /// Looks once a second, and carries the orders out; who is shed is at the others only when they say so.
    private func run(
        _ balance: inout LoadBalance, own: inout Int, _ others: [ClusterNode]?, from: Int, seconds: Int
    ) -> [LoadBalance.Order] {
        var orders: [LoadBalance.Order] = []
        for second in from..<from + seconds {
            let now = NIODeadline.uptimeNanoseconds(UInt64(second) * 1_000_000_000)
            guard let order = balance.look(own: own, others: others, now: now) else { continue }
            own -= order.count
            orders.append(order)
        }
        return orders
    }

    @Test(
        "A new node: what is above the average and a tenth is shed, not at once, and not faster than a hundredth a second"
    )
    func scaleOut() throws {
        var (balance, own) = (LoadBalance(), 3_000)
        let others = [try node(2, 0)]
        #expect(run(&balance, own: &own, others, from: 0, seconds: 10) == [])
        let orders = run(&balance, own: &own, others, from: 10, seconds: 75)
        // The average is 1,500, whatever the other one says meanwhile.
        #expect(orders.map(\.count).reduce(0, +) == 1_350 && own == 1_650)
        #expect(orders.allSatisfy { $0.average == 1_500 && $0.count <= 30 })
    }

    @Test("Large nodes shed at a bounded rate")
    func bounded() throws {
        var (balance, own) = (LoadBalance(), 200_000)
        let orders = run(&balance, own: &own, [try node(2, 0)], from: 0, seconds: 60)
        #expect(orders.map(\.count).max() == LifeLimits.shedPerSecond)
    }

    @Test("What is a little above, a moment above, alone, or too few to matter, stays")
    func leftAlone() throws {
        var balance = LoadBalance()
        for (own, other) in [(1_120, 880), (1_000, 1_000), (9, 0), (100, 200)] {
            var kept = own
            #expect(run(&balance, own: &kept, [try node(2, other)], from: 0, seconds: 100) == [])
        }
        var own = 3_000
        #expect(run(&balance, own: &own, [], from: 0, seconds: 100) == [])
        #expect(run(&balance, own: &own, nil, from: 0, seconds: 100) == [])
        #expect(run(&balance, own: &own, [try node(2, 0, .draining)], from: 0, seconds: 100) == [])
        // Nine seconds too many, then not sure, and again.
        for round in 0..<10 {
            #expect(run(&balance, own: &own, [try node(2, 0)], from: round * 10, seconds: 9) == [])
            #expect(run(&balance, own: &own, nil, from: round * 10 + 9, seconds: 1) == [])
        }
    }

    @Test("A node that goes or drains in the middle ends the round; its clients count as coming")
    func nodesChange() throws {
        var (balance, own) = (LoadBalance(), 3_000)
        let before = try [node(2, 0), node(3, 0)]
        #expect(!run(&balance, own: &own, before, from: 0, seconds: 15).isEmpty)
        let after = try [node(2, 0), node(3, 4_000, .draining)]
        #expect(run(&balance, own: &own, after, from: 15, seconds: 200) == [])
    }

    @Test("A full node gets nothing: what it cannot take is shared by the others")
    func fullNodes() throws {
        var (balance, own) = (LoadBalance(), 1_000)
        let full = try node(2, 100, limit: 100)
        #expect(run(&balance, own: &own, [full], from: 0, seconds: 100) == [])
        (balance, own) = (LoadBalance(), 1_100)
        let orders = run(&balance, own: &own, [full, try node(3, 0)], from: 0, seconds: 85)
        #expect(orders.allSatisfy { $0.average == 550 } && own == 605)
    }

    @Test("Clients that all come back are shed again ever more seldom")
    func fruitless() throws {
        var (balance, own, shed) = (LoadBalance(), 1_000, 0)
        let others = [try node(2, 0)]
        for second in 0..<3 * 3_600 {
            shed += run(&balance, own: &own, others, from: second, seconds: 1).map(\.count).reduce(0, +)
            own = 1_000
        }
        // A round is 450; without growing rests there would be 150 of them.
        #expect(shed > 450 && shed <= 15 * 450)
    }
}
