import CrierCore
import CrierGRPC
import CrierHTTP2
import CrierServices
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// This node's ways to the others and theirs to it.
struct PeerDoor {
    private let settings: PeerSettings
    private let tls: ServeSettings.TLS?
    private let secret: PeerSecret?

    /// Throws `StartError` when the secret cannot be read.
    init(_ settings: ServeSettings) throws(StartError) {
        self.settings = settings.peers
        tls = settings.tls
        secret = try settings.peers.secretFile.map { path throws(StartError) in try Self.secret(path) }
    }

    private static func secret(_ path: String) throws(StartError) -> PeerSecret {
        let bytes: [UInt8]
        do {
            bytes = try Input.bytes(of: path, limit: ServeLimits.secretFileBytes)
        } catch {
            throw StartError("peer-secret: \(error)")
        }
        guard let secret = PeerSecret(bytes) else {
            throw StartError("peer-secret \(path) does not hold 16 to 1024 bytes")
        }
        return secret
    }

    /// What proves to other nodes that this one belongs to them.
    var metadata: Metadata { secret?.metadata ?? Metadata() }

    /// How other nodes are dialled. Throws `StartError` when a TLS file cannot be used.
    func channel() throws(StartError) -> ChannelConfiguration {
        var channel = ChannelConfiguration()
        channel.giveUp(
            connect: ServeLimits.peerConnectTimeout,
            idleBeforePing: ServeLimits.peerSilence,
            pingTimeout: ServeLimits.peerAnswer
        )
        guard let tls else { return channel }
        do {
            try channel.useTLS(
                authorityFile: settings.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile
            )
            return channel
        } catch {
            throw StartError("cannot use tls-cert, tls-key and peer-ca towards other nodes: \(error)")
        }
    }

    /// The links to other nodes. Throws `StartError` when a TLS file cannot be used.
    func links(of node: NodeID, _ directory: any RouteDirectory) throws(StartError) -> PeerLinks {
        PeerLinks(own: node, directory: directory, secret: secret, channel: try channel())
    }

    /// Opens the door for other nodes. Throws `StartError` when it cannot listen.
    ///
    /// - Parameter guarded: what else nodes of this cluster, and nobody else, may call.
    func open(
        _ gateway: Gateway,
        incarnation: Incarnation,
        guarded: MethodTable,
        loops: MultiThreadedEventLoopGroup
    ) async throws -> OpenPeerDoor {
        let service = PeerService(gateway: gateway, incarnation: incarnation, secret: secret)
        var methods = secret?.guarding(guarded) ?? guarded
        service.add(to: &methods)
        var configuration = PeerService.configuration()
        do {
            configuration.http2.tls = try tls.map { tls in
                try .server(
                    identity: TLSIdentity(certificateFile: tls.certificateFile, keyFile: tls.keyFile),
                    clientAuthorityFile: settings.authorityFile
                )
            }
            let server = try await GRPCServer.bind(
                host: settings.listen.host, port: settings.listen.port, methods: methods, configuration: configuration,
                group: loops
            )
            return OpenPeerDoor(
                service: service, server: server, address: settings.advertised(port: server.localPort)
            )
        } catch {
            throw StartError("cannot listen on peer-listen \(settings.listen): \(error)")
        }
    }
}

/// The door while it is open.
struct OpenPeerDoor {
    let service: PeerService
    let server: GRPCServer
    /// What other nodes dial.
    let address: HostPort
}

/// Lets other nodes push to this one's clients until these are gone, and ends the links to them.
struct PeerDoorService: Service {
    let door: OpenPeerDoor
    let links: PeerLinks

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await door.server.run() }
            try? await gracefulShutdown()
            door.service.close()
            await links.close()
            await door.server.shutdown(grace: ServeLimits.closeGrace)
            group.cancelAll()
        }
    }
}
