import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import NIOPosix

/// A gateway behind a real socket on two loops, and a client's channel to it.
struct PushServer {
    let gateway: Gateway
    let channel: GRPCChannel
    private let presence: AsyncStream<PresenceEvent>
    private let port: Int

    static let serviceName = "crier.v1.PushService"

    /// Starts one, runs `body` against it, and takes it down.
    static func run(
        files: any FileNoticeSource = NoFiles(),
        settings: GatewaySettings = GatewaySettings(),
        _ body: @Sendable (PushServer) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let (presence, observer) = PresenceStream.make()
        var settings = settings
        settings.presenceGrace = .zero
        settings.stallLimit = .hours(1)
        settings.heartbeatInterval = .minutes(20)
        settings.version = "test"
        let gateway = Gateway(
            node: try NodeID(validating: "node-1"),
            eventLoops: Array(group.makeIterator()),
            encoder: ServerMessageEncoder(),
            generations: BootGenerations(bootNumber: 1),
            environment: GatewayEnvironment(wallClock: { 1_700_000_000_000 }),
            settings: settings,
            files: files,
            presence: observer
        )
        var methods = MethodTable()
        PushService(gateway: gateway).add(to: &methods)
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, configuration: .patient, group: group
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            let test = PushServer(gateway: gateway, presence: presence, port: server.localPort)
            try await body(test)
            await test.channel.shutdown()
            await server.shutdown(grace: .zero)
            tasks.cancelAll()
        }
        try await group.shutdownGracefully()
    }

    private init(gateway: Gateway, presence: AsyncStream<PresenceEvent>, port: Int) {
        self.gateway = gateway
        self.presence = presence
        self.port = port
        channel = Self.channel(port)
    }

    private static func channel(_ port: Int, _ configuration: ChannelConfiguration = .patient) -> GRPCChannel {
        GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: port)], configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton
        )
    }

    /// A connection of its own, which may live on the other loop.
    func withChannel<Result>(
        _ configuration: ChannelConfiguration = .patient, _ body: (GRPCChannel) async throws -> Result
    ) async throws -> Result {
        let channel = Self.channel(port, configuration)
        let result = try await body(channel)
        await channel.shutdown()
        return result
    }

    /// Who came or went next: "a online".
    func nextPresence() async -> String? {
        for await event in presence { return "\(event.client) \(event.kind)" }
        return nil
    }

    /// Opens `Connect` and says the first message.
    func open(
        _ first: ClientMessage.Payload, service: String = serviceName, on channel: GRPCChannel? = nil
    ) async throws -> Agent {
        let agent = Agent(stream: (channel ?? self.channel).open("\(service)/Connect"))
        try await agent.say(first)
        return agent
    }

    /// An agent that has heard its Welcome.
    func connect(_ register: RegisterRequest, on channel: GRPCChannel? = nil) async throws -> Agent {
        let agent = try await open(.register(register), on: channel)
        _ = try await agent.welcome()
        return agent
    }

    func connect(_ id: String, on channel: GRPCChannel? = nil) async throws -> Agent {
        try await connect(RegisterRequest(clientID: id), on: channel)
    }

    func push(_ request: CrierMessages.PushRequest, service: String = serviceName) async throws -> PushResponse {
        // Without a deadline, an acknowledgement is waited for 30 s: too short for a slow machine.
        let options = CallOptions(timeout: .seconds(600))
        let answer = try await channel.unary("\(service)/PushToClient", frame(request), options: options)
        return try PushResponse(unpacking: Array(answer.readableBytesView))
    }
}

/// The other end of `Connect`.
struct Agent {
    let stream: ClientStream

    func say(_ payload: ClientMessage.Payload) async throws {
        try await stream.send(frame(ClientMessage(payload: payload)))
    }

    /// The next message; `nil` when the stream ended with OK.
    func hear() async throws -> ServerMessage? {
        guard let bytes = try await stream.next() else { return nil }
        return try ServerMessage(unpacking: Array(bytes.readableBytesView))
    }

    func welcome() async throws -> CrierMessages.Welcome? {
        if case .welcome(let welcome) = try await hear()?.payload { welcome } else { nil }
    }

    func text() async throws -> String? {
        if case .text(let text) = try await hear()?.payload { text.content } else { nil }
    }

    /// How the stream ends; `nil` for OK.
    func refusal() async throws -> GRPCStatus? {
        do throws(GRPCStatus) {
            while try await stream.next() != nil {}
            return nil
        } catch {
            return error
        }
    }
}

func frame(_ message: some WireMessage) -> FramedMessage {
    message.pack { FramedMessage(payloadSize: $0, write: $1) }
}

/// Raw bytes as one message, whatever they are.
func frame(raw bytes: [UInt8]) -> FramedMessage {
    FramedMessage(payloadSize: bytes.count) { $0.copyMemory(from: bytes, byteCount: bytes.count) }
}

struct PresenceStream: PresenceObserver {
    private let continuation: AsyncStream<PresenceEvent>.Continuation

    static func make() -> (AsyncStream<PresenceEvent>, PresenceStream) {
        let (stream, continuation) = AsyncStream.makeStream(of: PresenceEvent.self)
        return (stream, PresenceStream(continuation: continuation))
    }

    func changed(_ event: PresenceEvent) { continuation.yield(event) }
}
