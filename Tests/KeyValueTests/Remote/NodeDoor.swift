import CrierCore
import CrierGRPC
import CrierServices
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The door that a gateway has for the other nodes of its cluster.
final class NodeDoor: Sendable {
    /// On an address of this machine that nothing else uses, so that the port can be had again after it was closed.
    let address: HostPort
    private let server: GRPCServer
    private let serving: Task<Void, Never>

    convenience init(_ store: any KeyValueStore, at address: HostPort? = nil, secret: PeerSecret? = nil) async throws {
        var methods = MethodTable()
        KeyValueService(
            access: KeyValueAccess(store),
            eventLoops: Array(MultiThreadedEventLoopGroup.singleton.makeIterator()),
            servesNodes: true
        )
        .add(to: &methods)
        try await self.init(secret?.guarding(methods) ?? methods, at: address)
    }

    init(_ methods: MethodTable, at address: HostPort? = nil) async throws {
        let host =
            address?.host ?? "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let server = try await Self.bind(methods, host: host, port: address?.port ?? 0)
        self.server = server
        self.address = HostPort(host: host, port: server.localPort)
        serving = Task { await server.run() }
    }

    /// Until the port is free: a process that another test has started may have inherited the socket that was there.
    private static func bind(_ methods: MethodTable, host: String, port: Int) async throws -> GRPCServer {
        var patient = GRPCServerConfiguration()
        patient.giveUp(handshake: .hours(1), pingTimeout: .hours(1))
        while true {
            do {
                return try await GRPCServer.bind(
                    host: host, port: port, methods: methods, configuration: patient,
                    group: MultiThreadedEventLoopGroup.singleton
                )
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    func close() async {
        await server.shutdown(grace: .zero)
        serving.cancel()
        await serving.value
    }
}

/// A door whose methods hear and never answer.
final class MuteDoor: Sendable {
    private let door: NodeDoor
    private let calls: AsyncStream<String>

    init() async throws {
        let (stream, heard) = AsyncStream<String>.makeStream()
        var methods = MethodTable()
        for name in ["Get", "Transact", "Watch", "List"] {
            methods.add(name, service: "crier.v1.KeyValueService") { _ in MuteCall { heard.yield(name) } }
        }
        door = try await NodeDoor(methods)
        calls = stream
    }

    var address: HostPort { door.address }

    /// Returns when so many calls of these methods have come.
    func heard(_ names: [String]) async {
        var missing = names
        for await name in calls {
            if let place = missing.firstIndex(of: name) { missing.remove(at: place) }
            if missing.isEmpty { return }
        }
    }

    func close() async { await door.close() }
}

private final class MuteCall: ServerCallHandler {
    private let heard: () -> Void

    init(_ heard: @escaping () -> Void) { self.heard = heard }

    func received(_ message: UnsafeRawBufferPointer) { heard() }
}
