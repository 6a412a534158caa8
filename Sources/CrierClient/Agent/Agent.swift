public import CrierMessages
public import NIOCore
public import NIOPosix
import Synchronization

/// Holds an agent's place at the gateway: connects, registers, beats, comes back after anything, and pulls announced
/// files. Control has a connection of its own, and downloads another: a message never waits behind a file.
///
///     let agent = try Agent(AgentConfiguration(clientID: "till-7", directory: "/var/lib/till"))
///     async let running: Void = agent.run()
///     for await message in agent.messages { … }
public final class Agent: Sendable {
    private struct State {
        var attempt: UInt64 = 0
        var lastSessionID = ""
        var acknowledged: UInt64 = 0
        /// The gateway's clock minus ours, in milliseconds.
        var clockOffset: Int64 = 0
        var recent = RecentIDs(limit: Limits.rememberedMessages)
        var reporter = StatusReporter()
    }

    /// What backends said, in order. For one reader.
    public var messages: AgentMessages { AgentMessages(buffer: buffer) }
    /// The limit over all downloads; may be changed at any time.
    public let limiter: RateLimiter

    let configuration: AgentConfiguration
    let clock: any ClientClock
    let outbox = Outbox()
    let buffer = MessageBuffer<AgentMessage>(limit: Limits.waitingMessages)
    private let random: Randomness
    private let group: any EventLoopGroup
    private let downloads: GatewayLink
    private let state = Mutex(State())
    private let directory: PullDirectory?
    private let handlers: Slots

    /// Connects to nothing yet.
    /// - Throws: `.invalidArgument` for an empty client id, no target, unusable TLS files; `.io` for a directory that
    ///   cannot be made.
    public init(
        _ configuration: AgentConfiguration,
        clock: any ClientClock = SystemClock(),
        random: @escaping Randomness = systemRandomness,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) throws(CrierClientError) {
        guard !configuration.clientID.isEmpty else {
            throw CrierClientError(.invalidArgument, "client_id is empty; 1 to 255 bytes of UTF-8 are allowed")
        }
        guard configuration.maxDownloads > 0 else {
            throw CrierClientError(
                .invalidArgument,
                "max downloads is \(configuration.maxDownloads); at least 1 is needed"
            )
        }
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.group = group
        handlers = Slots(max(1, configuration.maxHandlers))
        limiter = RateLimiter(bytesPerSecond: configuration.maxBytesPerSecond, clock: clock)
        downloads = try GatewayLink(configuration.gateway, group: group)
        directory = try configuration.directory.map { path throws(CrierClientError) in try PullDirectory(path: path) }
    }

    /// Runs until the task is cancelled. Call it once.
    /// - Throws: `.superseded` when the gateway says not to come back, `.invalidArgument` when it refuses who we are.
    public func run() async throws(CrierClientError) {
        let pulls = directory.map { makePulls(in: $0) }
        let end = await withTaskGroup(of: CrierClientError?.self) { group in
            if let pulls {
                group.addTask {
                    await pulls.run()
                    return nil
                }
            }
            group.addTask { await self.stayConnected(pulls) }
            var end: CrierClientError?
            for await error in group {
                if let error { end = error }
                group.cancelAll()
            }
            return end
        }
        buffer.finish()
        await downloads.close()
        if let end { throw end }
    }

    /// Says what became of a message. A durable one is acknowledged together with everything before it.
    public func acknowledge(_ message: AgentMessage, _ stage: Ack.Stage = .received, detail: String = "") {
        if message.sequence > 0 {
            state.withLock { $0.acknowledged = max($0.acknowledged, message.sequence) }
        }
        outbox.put(
            .ack(Ack(sequence: message.sequence, stage: stage, messageID: message.id, detail: detail))
        )
    }

    // MARK: Sessions

    /// Session after session, until one ends for good.
    private func stayConnected(_ pulls: PullScheduler?) async -> CrierClientError? {
        var targets = configuration.gateway.targets
        // Whoever names several gateways wants them to share: each agent begins at another.
        if targets.count > 1 { targets.rotate(by: Int(random() * Double(targets.count))) }
        var policy = ReconnectPolicy(targets: targets)
        while !Task.isCancelled {
            let session = AgentSession(agent: self, pulls: pulls)
            let end = await session.run(targets: targets, group: group)
            if Task.isCancelled { break }
            switch policy.next(after: end, lasted: session.lasted, random: random()) {
            case .stop(let code, let reason):
                return CrierClientError(code, reason)
            case .connect(let pause, let next):
                // Files are where the session is: a node that asks agents to go has its reasons for both.
                if next != targets { downloads.redirect(to: next) }
                targets = next
                if case .failed(let error) = end { configuration.onNews(.disconnected(error, retryIn: pause)) }
                guard (try? await clock.sleep(for: pause)) != nil else { return nil }
            }
        }
        return nil
    }

    /// What the next session begins with.
    func nextRegistration() -> ClientMessage.Payload {
        let (attempt, session, acknowledged) = state.withLock { state in
            state.attempt += 1
            return (state.attempt, state.lastSessionID, state.acknowledged)
        }
        let register = RegisterRequest(
            clientID: configuration.clientID,
            labels: configuration.labels,
            instanceID: configuration.instanceID,
            attempt: attempt,
            agentVersion: configuration.agentVersion,
            acknowledged: acknowledged
        )
        guard !session.isEmpty else { return .register(register) }
        return .reconnect(
            ReconnectRequest(clientID: configuration.clientID, lastSessionID: session, register: register)
        )
    }

    func welcomed(_ welcome: Welcome) {
        let offset = welcome.serverTime > 0 ? welcome.serverTime.subtractingSaturating(clock.wallMilliseconds) : 0
        state.withLock { state in
            state.lastSessionID = welcome.sessionID
            state.clockOffset = offset
        }
        configuration.onNews(.connected(welcome))
    }

    /// False when it came before.
    func isNew(_ message: AgentMessage) -> Bool {
        state.withLock { $0.recent.insert(message.id) }
    }

    // MARK: Files

    func take(_ notice: FileNotice, messageID: String, _ pulls: PullScheduler) async {
        do throws(CrierClientError) {
            let order = try PullOrder(notice, messageID: messageID)
            if notice.revoked { await pulls.revoke(order) } else { pulls.submit(order) }
        } catch {
            configuration.onNews(.refused(notice, error))
            outbox.put(
                .fileStatus(
                    FileStatus(
                        fileID: notice.fileID,
                        state: .failed,
                        bytesTotal: notice.fileSize,
                        detail: error.message,
                        messageID: messageID,
                        rolloutID: notice.rolloutID
                    )
                )
            )
        }
    }

    private func makePulls(in directory: PullDirectory) -> PullScheduler {
        let environment = Pull.Environment(
            directory: directory,
            source: GatewaySource(link: downloads),
            clock: clock,
            random: random,
            slots: Slots(configuration.maxDownloads),
            limiter: limiter,
            gatewayTime: { [weak self, clock] in
                clock.wallMilliseconds.addingSaturating(self?.state.withLock { $0.clockOffset } ?? 0)
            },
            report: { [weak self] in self?.note($0) }
        )
        return PullScheduler(in: environment) { [weak self] order, path in
            await self?.handle(AgentConfiguration.ReceivedFile(path: path, order: order))
        }
    }

    private func note(_ report: PullReport) {
        configuration.onNews(.pull(report))
        let now = clock.now
        if let status = state.withLock({ $0.reporter.status(for: report, now: now) }) {
            outbox.put(.fileStatus(status))
        }
    }

    private func handle(_ file: AgentConfiguration.ReceivedFile) async {
        guard let slot = await handlers.take() else { return }
        defer { withExtendedLifetime(slot) {} }
        switch await configuration.onFile(file) {
        case .kept: break
        case .installed: outbox.put(.fileStatus(FileStatus(file.order, .installed, bytesDone: file.order.size)))
        case .failed(let reason):
            outbox.put(.fileStatus(FileStatus(file.order, .failed, bytesDone: file.order.size, detail: reason)))
        }
    }
}

extension Array {
    fileprivate mutating func rotate(by count: Int) {
        self = Array(self[count...] + self[..<count])
    }
}

extension Int64 {
    fileprivate func addingSaturating(_ other: Int64) -> Int64 {
        let (result, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : result
    }
}
