import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import NIOPosix

/// A whole node in this process: gateway on two loops, public door, peer door, links to the others.
struct TestNode: Sendable {
    let id: NodeID
    let record: ClusterNode
    let view: NodeView
    let gateway: Gateway
    let peers: PeerService
    let links: PeerLinks
    let life: NodeLife
    private let health: HealthBoard
    let peerPort: Int
    let channel: GRPCChannel
    private let map: ClusterMap
    private let door: GRPCServer
    private let peerDoor: GRPCServer
    private let group: MultiThreadedEventLoopGroup

    static let pushService = "crier.v1.PushService"

    /// - Parameter address: What the others dial instead of the peer door, made from its port: a proxy.
    static func start(
        _ name: String,
        incarnation: UInt64,
        map: ClusterMap,
        secret: PeerSecret?,
        timing: PeerTiming,
        generations: any GenerationSource,
        policy: any AccessPolicy,
        address: (Int) async throws -> HostPort
    ) async throws -> TestNode {
        let id = try NodeID(validating: name)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let view = NodeView(map, of: id)
        let links = PeerLinks(own: id, directory: view, secret: secret, timing: timing)
        var settings = GatewaySettings()
        settings.stallLimit = .hours(1)
        settings.heartbeatInterval = .minutes(20)
        settings.version = "test"
        let gateway = Gateway(
            node: id,
            eventLoops: Array(group.makeIterator()),
            encoder: ServerMessageEncoder(),
            generations: generations,
            // The clock of each node stands still, at a time of its own.
            environment: GatewayEnvironment(wallClock: { 1_700_000_000_000 + Int64(incarnation) }),
            settings: settings,
            cluster: ClusterRouting(directory: view, links: links)
        )
        let incarnation = Incarnation(rawValue: incarnation)
        let peers = PeerService(gateway: gateway, incarnation: incarnation, secret: secret)
        let health = HealthBoard(services: [])
        let life = NodeLife(gateway: gateway, registry: nil, drainTime: .zero) { serves in
            health.setAll(serves ? .serving : .notServing)
        }
        life.ready()
        let calls = PeerCalls(
            directory: view, channel: ChannelConfiguration(), metadata: secret?.metadata ?? [:], group: group,
            timing: timing
        )
        var (methods, operations) = (MethodTable(), MethodTable())
        PushService(gateway: gateway, others: calls).add(to: &methods)
        NodeService(life: life, others: calls, policy: policy).add(to: &methods)
        PeerOperations(gateway: gateway, life: life).add(to: &operations)
        var peerMethods = secret?.guarding(operations) ?? operations
        peers.add(to: &peerMethods)
        let door = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, configuration: .patient, group: group
        )
        let peerDoor = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: peerMethods, configuration: PeerService.configuration(timing),
            group: group
        )
        let record = ClusterNode(
            id: id,
            incarnation: incarnation,
            peerAddress: try await address(peerDoor.localPort).description,
            clientAddress: "127.0.0.1:\(door.localPort)"
        )
        map.join(record)
        return TestNode(
            id: id, record: record, view: view, gateway: gateway, peers: peers, links: links,
            life: life, health: health, peerPort: peerDoor.localPort, channel: channel(door.localPort), map: map,
            door: door, peerDoor: peerDoor, group: group
        )
    }

    private static func channel(_ port: Int) -> GRPCChannel {
        GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: port)], configuration: .patient,
            group: MultiThreadedEventLoopGroup.singleton
        )
    }

    /// Answers the methods in `async` form, until the node stops.
    func run() async {
        async let peers: Void = peerDoor.run()
        await door.run()
        await peers
    }

    /// What its health says.
    var isServing: Bool { health.state(of: HealthBoard.server) == .serving }

    func stop() async throws {
        map.leave(id)
        await channel.shutdown()
        await links.close()
        peers.close()
        await door.shutdown(grace: .zero)
        await peerDoor.shutdown(grace: .zero)
        try await group.shutdownGracefully()
    }

    // MARK: Clients

    /// An agent that has heard its Welcome, and whose record is in the map.
    func connect(_ id: String) async throws -> TestAgent {
        let agent = TestAgent(channel.open("\(Self.pushService)/Connect"))
        let welcome = try await agent.register(id)
        let place = ClusterMap.Place(node: record, generation: Generation(rawValue: welcome.generation))
        map.set(try ClientID(validating: id), place)
        return agent
    }

    /// - Parameter timeout: Without one, an acknowledgement is waited for 30 s: too short for a slow machine.
    func push(
        _ request: CrierMessages.PushRequest, timeout: Duration = .seconds(600)
    ) async throws -> PushResponse {
        let options = CallOptions(timeout: timeout)
        let answer = try await channel.unary("\(Self.pushService)/PushToClient", framed(request), options: options)
        return try PushResponse(unpacking: Array(answer.readableBytesView))
    }

    func push(_ text: String, to client: String) async throws -> PushResponse {
        try await push(CrierMessages.PushRequest(clientID: client, content: .text(TextMessage(content: text))))
    }

    // MARK: Operators

    /// All that the call says, until it ends.
    func drain(_ request: DrainRequest) async throws -> [DrainStatus] {
        let call = try await startDrain(request)
        var statuses: [DrainStatus] = []
        while let status = try await call.next() { statuses.append(status) }
        return statuses
    }

    func startDrain(_ request: DrainRequest) async throws -> TestAnswers<DrainStatus> {
        try await TestAnswers(channel.open("crier.v1.NodeService/Drain"), request)
    }

    func openPushStream() -> TestPublisher { TestPublisher(channel.open("\(Self.pushService)/PushStream")) }
}

/// An agent's end of `Connect`.
struct TestAgent: Sendable {
    private let stream: ClientStream

    init(_ stream: ClientStream) { self.stream = stream }

    func register(_ id: String) async throws -> CrierMessages.Welcome {
        let register = ClientMessage(payload: .register(RegisterRequest(clientID: id)))
        try await stream.send(framed(register))
        guard case .welcome(let welcome) = try await hear()?.payload else {
            throw GRPCStatus(.internalError, "\(id) was not welcomed")
        }
        return welcome
    }

    /// The next message; nil when the stream ended with OK.
    func hear() async throws -> ServerMessage? {
        guard let bytes = try await stream.next() else { return nil }
        return try ServerMessage(unpacking: Array(bytes.readableBytesView))
    }

    func text() async throws -> String? {
        if case .text(let text) = try await hear()?.payload { text.content } else { nil }
    }

    func acknowledge(_ message: String, _ stage: Ack.Stage) async throws {
        try await stream.send(framed(ClientMessage(payload: .ack(Ack(stage: stage, messageID: message)))))
    }

    func leave() { stream.cancel() }
}

/// A backend's end of `PushStream`.
struct TestPublisher: Sendable {
    private let stream: ClientStream

    init(_ stream: ClientStream) { self.stream = stream }

    func push(_ text: String, to client: String, tag: UInt64) async throws {
        try await push(
            CrierMessages.PushRequest(clientID: client, content: .text(TextMessage(content: text)), tag: tag))
    }

    func push(_ request: CrierMessages.PushRequest) async throws { try await stream.send(framed(request)) }

    func answer() async throws -> PushResponse {
        guard let bytes = try await stream.next() else { throw GRPCStatus(.internalError, "the stream ended") }
        return try PushResponse(unpacking: Array(bytes.readableBytesView))
    }

    /// So many answers, in the order of their tags.
    func answers(_ count: Int) async throws -> [PushResponse] {
        var answers: [PushResponse] = []
        while answers.count < count { answers.append(try await answer()) }
        return answers.sorted { $0.tag < $1.tag }
    }
}

/// A call with one request and many answers.
struct TestAnswers<Answer: WireMessage>: Sendable {
    private let stream: ClientStream

    init(_ stream: ClientStream, _ request: some WireMessage) async throws {
        self.stream = stream
        try await stream.send(framed(request))
        stream.finishSending()
    }

    func next() async throws -> Answer? {
        try await stream.next().map { try Answer(unpacking: Array($0.readableBytesView)) }
    }
}

func framed(_ message: some WireMessage) -> FramedMessage {
    message.pack { FramedMessage(payloadSize: $0, write: $1) }
}

/// How a call failed; nil when it did not.
func status(of body: () async throws -> Void) async throws -> GRPCStatus? {
    do {
        try await body()
        return nil
    } catch let status as GRPCStatus {
        return status
    }
}
