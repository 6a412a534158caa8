import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix

/// How an agent of the tests behaves.
struct AgentHabits: Sendable {
    /// It comes back when its session ends, as the SDK's agents do, but sooner.
    var comesBack = true
    /// It sends heartbeats, and gives a gateway up that is silent for three of their intervals.
    var beats = true
    /// It comes back even when it is told not to: a second process with the same id that nobody has stopped.
    var isStubborn = false
    /// The instance that it says it is; nil: its own.
    var instance: String?
}

/// The leanest agent that does what the SDK's does: one connection and one stream, on one event loop, without a task.
/// What it sees goes to the history.
///
/// `@unchecked Sendable`: everything but its constants is used on `loop` alone.
final class ClusterAgent: @unchecked Sendable {
    let id: String
    let loop: any EventLoop
    fileprivate let habits: AgentHabits
    fileprivate let history: History
    private let instance: String
    private var targets: [HostPort]
    private var attempt: UInt64 = 0
    private var failures = 0
    private var stay: AgentStay?
    private var pause: Scheduled<Void>?
    private var isStopped = false
    /// Its session ends because it goes elsewhere itself.
    private var isMoving = false
    /// What ended its attempts to connect that were refused, in words.
    private var refusals: [String] = []

    /// - Parameter targets: tried one after the other.
    init(_ id: String, targets: [HostPort], habits: AgentHabits, history: History, loop: any EventLoop) {
        self.id = id
        self.targets = targets
        self.habits = habits
        self.history = history
        self.loop = loop
        instance = habits.instance ?? "instance-\(UInt64.random(in: .min ... .max))"
    }

    func start() { loop.execute { self.connect() } }

    /// Ends it for good. Its connection is gone when this returns.
    func stop() async {
        let isGone = loop.makePromise(of: Void.self)
        loop.execute {
            self.isStopped = true
            self.pause?.cancel()
            guard let stay = self.stay else { return isGone.succeed() }
            stay.leave().cascade(to: isGone)
        }
        try? await isGone.futureResult.get()
    }

    /// Leaves its gateway, and connects to others from now on.
    func move(to targets: [HostPort]) {
        loop.execute {
            self.targets = targets
            self.isMoving = true
            self.stay?.leave()
        }
    }

    /// Why gateways refused it, so far.
    func refused() async throws -> [String] {
        try await loop.submit { self.refusals }.get()
    }

    // MARK: On the loop

    private func connect() {
        guard !isStopped else { return }
        attempt += 1
        let register = RegisterRequest(
            clientID: id, instanceID: instance, attempt: attempt, agentVersion: "cluster test")
        stay = AgentStay(self, targets[0])
        stay?.begin(register)
    }

    fileprivate func welcomed() { failures = 0 }

    /// - Parameter redirect: what the gateway said before; nil: the stay just ended.
    fileprivate func stayEnded(_ redirect: Redirect?, _ status: GRPCStatus) {
        stay = nil
        guard !isStopped, habits.comesBack else { return }
        if isMoving {
            isMoving = false
            return comeBack(after: .zero)
        }
        if let redirect {
            if redirect.final, !habits.isStubborn { return }
            let named = redirect.targets.compactMap { HostPort($0) }
            targets = named + targets.filter { !named.contains($0) }
            if named.isEmpty { rotate() }
            return comeBack(after: .zero)
        }
        if status.code != .ok { refusals.append(status.description) }
        rotate()
        failures += 1
        let told = status.metadata.first("crier-retry-after-ms").flatMap { Int64($0) } ?? 0
        // Chance spreads them, as it does the SDK's: all of a node's agents lose it at once. The pauses grow, or a node
        // that is slow would have to do everything again and again.
        let longest: Int64 = 200 << min(failures, 7)
        comeBack(after: .milliseconds(max(told, .random(in: 0...longest))))
    }

    private func rotate() { targets.append(targets.removeFirst()) }

    private func comeBack(after pause: TimeAmount) {
        self.pause = loop.scheduleTask(in: pause) { self.connect() }
    }
}

/// One stay at one gateway.
private final class AgentStay: LoopCallHandler {
    /// How long a gateway has to welcome: as long as with the SDK.
    static let welcome = TimeAmount.seconds(20)
    /// How much longer than it said itself a gateway has to end a stream that it asked to go.
    static let farewell = TimeAmount.seconds(20)

    private let agent: ClusterAgent
    private let channel: GRPCChannel
    private var call: LoopCall?
    private var session: Int?
    private var redirect: Redirect?
    private var heard = NIODeadline.now()
    private var beat: RepeatedTask?
    private var limit: Scheduled<Void>?
    private var hasLeft = false
    private var hasEnded = false
    private let isGone: EventLoopPromise<Void>

    init(_ agent: ClusterAgent, _ target: HostPort) {
        self.agent = agent
        var configuration = ChannelConfiguration()
        configuration.giveUp(connect: .seconds(5), idleBeforePing: .minutes(5), pingTimeout: .seconds(20))
        channel = GRPCChannel(targets: [target], configuration: configuration, group: agent.loop)
        isGone = agent.loop.makePromise()
    }

    func begin(_ register: RegisterRequest) {
        // No retain cycle: the call lets go of its handler when it has ended.
        let call = channel.begin("crier.v1.PushService/Connect", handler: self)
        guard !hasEnded else { return }
        self.call = call
        send(.register(register))
        setLimit(Self.welcome)
    }

    /// Ends it from this side; the future is done when the connection is closed.
    @discardableResult
    func leave() -> EventLoopFuture<Void> {
        hasLeft = true
        call?.cancel()
        return isGone.futureResult
    }

    func received(_ message: UnsafeRawBufferPointer) {
        heard = .now()
        guard let message = try? ServerMessage(unpacking: message) else { return }
        switch message.payload {
        case .welcome(let welcome):
            session = agent.history.began(agent.id, welcome)
            limit?.cancel()
            agent.welcomed()
            if agent.habits.beats { startBeating(.milliseconds(welcome.heartbeatIntervalMs)) }
        case .text(let text):
            if let session { agent.history.received(text.content, in: session) }
        case .redirect(let redirect):
            self.redirect = redirect
            // All that was written to us comes before the gateway's own end of the stream: it is waited for.
            setLimit(.milliseconds(redirect.afterMs) + Self.farewell)
        default:
            break
        }
    }

    func writable() {}

    func closed(_ status: GRPCStatus) {
        hasEnded = true
        beat?.cancel()
        limit?.cancel()
        if let session {
            let end: Course.End = hasLeft ? .left : status.code == .ok ? .told : .lost(status.description)
            agent.history.ended(session, end)
        }
        channel.close().cascade(to: isGone)
        agent.stayEnded(redirect, status)
    }

    private func startBeating(_ interval: TimeAmount) {
        beat = agent.loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            guard let self else { return }
            if NIODeadline.now() - heard > interval * 3 {
                leave()
            } else {
                send(.heartbeat(Heartbeat(clientID: agent.id)))
            }
        }
    }

    private func setLimit(_ time: TimeAmount) {
        limit?.cancel()
        limit = agent.loop.scheduleTask(in: time) { [weak self] in self?.leave() }
    }

    private func send(_ payload: ClientMessage.Payload) {
        call?.send(ClientMessage(payload: payload).pack { FramedMessage(payloadSize: $0, write: $1) })
    }
}
