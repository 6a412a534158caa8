import CrierCore
import CrierGRPC
import CrierServices
import CrierStorage
import Logging
import NIOCore
import NIOPosix

/// What makes a gateway one of many: its place in the registry, the ways to other nodes, and the files of all of them.
struct ClusterMember {
    let registry: ClusterRegistry
    let links: PeerLinks
    let files: ClusterFileStore
    let fileClient: PeerFileClient
    /// What operators ask of other nodes.
    let calls: PeerCalls
    private let door: PeerDoor
    private let logger: Logger

    /// Throws `StartError` when a TLS file cannot be used.
    init(
        _ settings: ServeSettings,
        _ storage: Storage,
        _ door: PeerDoor,
        _ loops: MultiThreadedEventLoopGroup,
        _ logger: Logger
    ) throws(StartError) {
        let node = ClusterNode(
            id: settings.nodeID,
            incarnation: Incarnation(rawValue: .random(in: .min ... .max)),
            peerAddress: "",
            clientAddress: "",
            sessionLimit: settings.maxSessions,
            version: CrierVersion.text
        )
        self.door = door
        self.logger = logger
        registry = ClusterRegistry(node: node, store: storage.state.store, eventLoop: loops.next(), logger: logger)
        links = try door.links(of: settings.nodeID, registry)
        fileClient = PeerFileClient(
            registry, configuration: try door.channel(), metadata: door.metadata, group: loops
        )
        calls = PeerCalls(
            directory: registry, channel: try door.channel(), metadata: door.metadata, group: loops
        )
        files = ClusterFileStore(
            storage.files, keyValue: storage.state.store, node: settings.nodeID.rawValue, peers: fileClient,
            replicas: settings.peers.fileReplicas
        )
    }

    /// Opens the door for other nodes and tells them where it is.
    ///
    /// - Parameter clientAddress: where agents and backends reach this node; nil: nobody knows, and none are sent here.
    func open(_ parts: Parts, clientAddress: HostPort?) async throws -> PeerDoorService {
        let storage = parts.storage
        var methods = MethodTable()
        // What this node has itself: a node that asks another for a file is never sent on to a third.
        FileService(store: storage.files, threads: storage.diskThreads).add(to: &methods)
        PeerFileService(files).add(to: &methods)
        PeerOperations(gateway: parts.gateway, life: parts.life).add(to: &methods)
        // Nodes that use this gateway's own state.
        if !storage.state.isShared {
            KeyValueService(
                access: parts.keyValue, eventLoops: Array(parts.loops.makeIterator()), servesNodes: true
            )
            .add(to: &methods)
        }
        let open = try await door.open(
            parts.gateway, incarnation: registry.incarnation, guarded: methods, loops: parts.loops
        )
        if clientAddress == nil {
            logger.warning(
                "Other nodes send no clients here: grpc is no address to dial, and advertise-grpc is not set")
        }
        registry.announce(
            peerAddress: open.address.description, clientAddress: clientAddress?.description ?? ""
        )
        return PeerDoorService(door: open, links: links)
    }
}
