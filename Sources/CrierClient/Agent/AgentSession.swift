import CrierGRPC
import CrierMessages
import NIOCore
import Synchronization

/// One stay at one gateway, on one connection.
///
///     connecting ──► registered ──► welcomed ──► ended
///                        │             ├── redirect: stays until the gateway ends it at its time, or a little longer
///                        └─────────────┴── error, silence, cancellation: ends
final class AgentSession: Sendable {
    private struct State {
        var welcomedAt: Duration?
        var heardAt: Duration
        /// The application has not taken the last message yet: we do not read, so silence is ours.
        var isDelivering = false
        var heartbeat = Limits.heartbeatInterval
        var redirect: (request: Redirect, due: Duration)?
    }

    private typealias Stream = MessageStream<ClientMessage, ServerMessage>

    private let agent: Agent
    private let pulls: PullScheduler?
    private let state: Mutex<State>
    /// Raised when what the guard waits for has changed.
    private let changed = Signal()

    init(agent: Agent, pulls: PullScheduler?) {
        self.agent = agent
        self.pulls = pulls
        state = Mutex(State(heardAt: agent.clock.now))
    }

    /// Since the welcome; nil when there was none.
    var lasted: Duration? {
        let now = agent.clock.now
        return state.withLock { $0.welcomedAt.map { now - $0 } }
    }

    func run(targets: [HostPort], group: any EventLoopGroup) async -> SessionEnd {
        var gateway = agent.configuration.gateway
        gateway.targets = targets
        let link: GatewayLink
        do throws(CrierClientError) {
            link = try GatewayLink(gateway, group: group)
        } catch {
            return .failed(error)
        }
        let end = await talk(link.open(Methods.connect))
        await link.close()
        return end
    }

    private func talk(_ stream: Stream) async -> SessionEnd {
        await withTaskGroup(of: SessionEnd?.self) { group in
            group.addTask { await self.listen(stream) }
            group.addTask { await self.speak(stream) }
            group.addTask { await self.guardTime() }
            var end: SessionEnd?
            for await finished in group {
                if end == nil { end = finished }
                group.cancelAll()
                stream.cancel()
            }
            // A gateway that asked us to go may close before our time: that is the same farewell.
            if case .failed = end, let redirect = state.withLock({ $0.redirect }) {
                try? await agent.clock.sleep(for: max(.zero, redirect.due - agent.clock.now))
                return .redirected(redirect.request)
            }
            return end ?? .failed(CrierClientError(.cancelled, "the agent was stopped"))
        }
    }

    // MARK: Listening

    private func listen(_ stream: Stream) async -> SessionEnd? {
        do throws(CrierClientError) {
            while let message = try await stream.next() {
                let now = agent.clock.now
                state.withLock { $0.heardAt = now }
                if let end = await take(message) { return end }
            }
            return .failed(CrierClientError(.unavailable, "the gateway ended the session"))
        } catch {
            return .failed(error)
        }
    }

    private func take(_ message: ServerMessage) async -> SessionEnd? {
        let isWelcomed = state.withLock { $0.welcomedAt != nil }
        switch message.payload {
        case .welcome(let welcome): began(welcome)
        case .redirect(let redirect): return redirected(redirect)
        case .heartbeat, nil: break
        case .fileControl(let control): obey(control)
        case .text, .event, .data, .fileNotice:
            guard isWelcomed else {
                return .failed(CrierClientError(.protocolViolation, "a message came before the welcome"))
            }
            await deliver(message)
        }
        return nil
    }

    private func began(_ welcome: Welcome) {
        let now = agent.clock.now
        let told = Duration.milliseconds(welcome.heartbeatIntervalMs)
        state.withLock { state in
            state.welcomedAt = now
            if welcome.heartbeatIntervalMs > 0 {
                state.heartbeat = min(
                    max(told, Limits.heartbeatIntervals.lowerBound),
                    Limits.heartbeatIntervals.upperBound
                )
            }
        }
        agent.welcomed(welcome)
        changed.raise()
    }

    private func redirected(_ redirect: Redirect) -> SessionEnd? {
        agent.configuration.onNews(.redirected(redirect))
        if redirect.final { return .redirected(redirect) }
        let pause = min(Duration.milliseconds(max(0, redirect.afterMs)), Limits.longestRedirect)
        let due = agent.clock.now + pause
        state.withLock { $0.redirect = (redirect, due) }
        changed.raise()
        return nil
    }

    private func deliver(_ message: ServerMessage) async {
        guard let received = AgentMessage(message), agent.isNew(received) else { return }
        if case .file(let notice) = received.content, let pulls {
            await agent.take(notice, messageID: received.id, pulls)
        }
        state.withLock { $0.isDelivering = true }
        _ = await agent.buffer.put(received)
        let now = agent.clock.now
        state.withLock { ($0.isDelivering, $0.heardAt) = (false, now) }
    }

    private func obey(_ control: FileControl) {
        let command: PullScheduler.Command
        switch control.action {
        case .continue: command = .goOn
        case .pause: command = .pause
        case .abort: command = .abort
        case .setRate: command = .limit(control.maxBytesPerSecond)
        case .unrecognized: return
        }
        pulls?.control(fileID: control.fileID, command)
    }

    // MARK: Speaking

    private func speak(_ stream: Stream) async -> SessionEnd? {
        do throws(CrierClientError) {
            try await stream.send(ClientMessage(payload: agent.nextRegistration()))
            while let payload = await agent.outbox.take() {
                do throws(CrierClientError) {
                    try await stream.send(ClientMessage(payload: payload))
                } catch {
                    agent.outbox.putBack(payload)
                    throw error
                }
            }
            return nil
        } catch {
            // Why the stream ended is the listener's to say: it hears the gateway's status.
            try? await agent.clock.sleep(for: Limits.welcomeTimeout)
            return .failed(error)
        }
    }

    // MARK: Time

    /// Beats, and ends the session when the gateway is silent for too long or does not end what it redirected.
    private func guardTime() async -> SessionEnd? {
        while !Task.isCancelled {
            let version = changed.version
            let now = agent.clock.now
            let state = state.withLock { $0 }
            // The gateway ends the stream, behind all that it has written: who leaves before might not hear the last of
            // it.
            let leaveAt = state.redirect.map { $0.due + Limits.redirectPatience }
            if let redirect = state.redirect, let leaveAt, now >= leaveAt { return .redirected(redirect.request) }
            if state.welcomedAt == nil, now - state.heardAt >= Limits.welcomeTimeout {
                return .failed(CrierClientError(.deadlineExceeded, "no welcome for \(Limits.welcomeTimeout)"))
            }
            if !state.isDelivering, now - state.heardAt > state.heartbeat * Limits.silentIntervals {
                return .failed(CrierClientError(.unavailable, "no word from the gateway for \(now - state.heardAt)"))
            }
            var pause = state.welcomedAt == nil ? Limits.welcomeTimeout : state.heartbeat
            if let leaveAt { pause = min(pause, leaveAt - now) }
            let length = pause
            let isOver = await changed.interrupting(after: version) { [clock = agent.clock] in
                (try? await clock.sleep(for: length)) != nil
            }
            if isOver, state.welcomedAt != nil { beat() }
        }
        return nil
    }

    private func beat() {
        agent.outbox.put(
            .heartbeat(Heartbeat(clientID: agent.configuration.clientID, timestamp: agent.clock.wallMilliseconds))
        )
    }
}
