import NIOCore
import NIOPosix
import Testing

@testable import CrierCore

@Suite struct ClientListingTests {
    @Test("A listing has every client once, in order, with what is known of it, and filters by prefix and labels")
    func lists() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = Array(group.makeIterator())
        let encoder = TestEncoder()
        let gateway = Gateway(
            node: try NodeID(validating: "n"),
            eventLoops: loops,
            encoder: encoder,
            generations: BootGenerations(bootNumber: 1),
            environment: GatewayEnvironment(wallClock: { 1_000 })
        )
        let count = Limits.clientsPerPage + 20
        for number in 0..<count {
            let id = String(repeating: "0", count: 4 - "\(number)".count) + "\(number)"
            let registration = try Registration(
                client: try ClientID(validating: "agent-\(id)"),
                labels: [Label(key: "parity", value: number % 2 == 0 ? "even" : "odd")],
                agentVersion: "v"
            )
            let loop = loops[number % 2]
            try await loop.submit {
                _ = try gateway.attach(registration, outlet: TestOutlet(encoder), on: loop)
            }
            .get()
        }
        let all = await pages(gateway.clients())
        #expect(all.map(\.count) == [Limits.clientsPerPage, 20])
        let clients = all.flatMap { $0 }
        #expect(clients.map(\.client) == clients.map(\.client).sorted() && Set(clients.map(\.client)).count == count)
        #expect(clients[0].address == "192.0.2.1:4711" && clients[0].agentVersion == "v")
        #expect(clients[0].connectedAt == 1_000 && clients[0].lastHeardAt <= 1_000)
        let some = await pages(
            gateway.clients(ClientQuery(prefix: "agent-000", labels: [Label(key: "parity", value: "odd")])))
        #expect(some.flatMap { $0 }.map(\.client.rawValue) == [1, 3, 5, 7, 9].map { "agent-000\($0)" })
        try await gateway.drain(over: .zero)
        try await group.shutdownGracefully()
    }

    private func pages(_ listing: ClientListing) async -> [[ClientInfo]] {
        var listing = listing
        var pages: [[ClientInfo]] = []
        while let page = await listing.next() { pages.append(page) }
        return pages
    }
}
