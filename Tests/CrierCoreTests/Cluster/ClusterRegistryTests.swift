import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CrierCore

/// The shell around the registry's state machine: real loops, a real store, gateways whose sessions are registered.
@Suite("Cluster registry")
struct ClusterRegistryTests {
    @Test("A client of one node is known on the other, and gone when it left")
    func routes() async throws {
        try await TestNodes.with(2) { nodes in
            let client = try ClientID(validating: "c1")
            let handle = try await nodes[0].connect("c1")
            let route = try await nodes[1].route(to: client) { $0 != nil }
            #expect(route?.node == nodes[0].registry.node)
            #expect(route?.generation == handle.generation)
            #expect(nodes[0].registry.route(to: client) == nil)
            await nodes[0].disconnect(handle)
            _ = try await nodes[1].route(to: client) { $0 == nil }
        }
    }

    @Test("A client that moves to another node ends its old session there for good, and is not offline")
    func move() async throws {
        try await TestNodes.with(2) { nodes in
            let client = try ClientID(validating: "c1")
            let old = try await nodes[0].connect("c1", instance: "i", attempt: 1)
            _ = try await nodes[1].route(to: client) { $0 != nil }
            let new = try await nodes[1].connect("c1", instance: "i", attempt: 2)
            #expect(new.generation > old.generation)
            let route = try await nodes[0].route(to: client) { $0?.node == nodes[1].registry.node }
            #expect(route?.generation == new.generation)
            let end = try await nodes[0].end(of: old)
            #expect(end == .superseded)
            #expect(old.outlet.withLock { $0.redirects } == [Redirect(.superseded, isFinal: true)])
            #expect(nodes[0].observer.kinds == [.online])
            #expect(nodes[1].observer.kinds.isEmpty)
        }
    }

    @Test("A handshake that was given up is refused on every node")
    func lateAttempt() async throws {
        try await TestNodes.with(2) { nodes in
            _ = try await nodes[0].connect("c1", instance: "i", attempt: 2)
            _ = try await nodes[1].route(to: try ClientID(validating: "c1")) { $0 != nil }
            await #expect(throws: GatewayError.self) {
                _ = try await nodes[1].connect("c1", instance: "i", attempt: 1)
            }
        }
    }

    @Test("Clones that take one id from each other across nodes: the one that holds it keeps it")
    func clones() async throws {
        try await TestNodes.with(2) { nodes in
            let client = try ClientID(validating: "c1")
            _ = try await nodes[0].connect("c1", instance: "a")
            for (place, instance) in [(1, "b"), (0, "a")] {
                _ = try await nodes[place].route(to: client) { $0 != nil }
                _ = try await nodes[place].connect("c1", instance: instance)
            }
            _ = try await nodes[1].route(to: client) { $0 != nil }
            await #expect {
                _ = try await nodes[1].connect("c1", instance: "b")
            } throws: {
                ($0 as? GatewayError)?.code == .resourceExhausted
            }
        }
    }

    @Test("A re-read says what the store has, for all that ask at once")
    func reread() async throws {
        try await TestNodes.with(2) { nodes in
            let handle = try await nodes[0].connect("c1")
            let client = try ClientID(validating: "c1")
            _ = try await nodes[1].route(to: client) { $0 != nil }
            let routes = await withTaskGroup(of: RemoteRoute?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await withCheckedContinuation { answer in
                            nodes[1].registry.reread(client) { answer.resume(returning: try? $0.get()) }
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(routes.count == 20)
            #expect(routes.allSatisfy { $0?.generation == handle.generation })
        }
    }

    @Test("A node that leaves takes its records along")
    func leave() async throws {
        try await TestNodes.with(2) { nodes in
            let handle = try await nodes[0].connect("c1")
            _ = try await nodes[1].route(to: try ClientID(validating: "c1")) { $0 != nil }
            await nodes[0].disconnect(handle)
            await nodes[0].registry.leave(within: .seconds(30))
            let left = try await nodes[0].store.list(StoreListRequest(RegistryKeys.scope)).entries.map(\.key.key)
            #expect(left == ["nodes/n2"])
        }
    }

    @Test("Before the registry was read nobody is let in")
    func notReady() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let node = try TestNode("n1", MemoryKeyValueStore(), group)
        await #expect {
            _ = try await node.connect("c1")
        } throws: {
            ($0 as? GatewayError)?.code == .unavailable
        }
        try await group.next().submit { node.registry.finish() }.get()
        try await group.shutdownGracefully()
    }
}
