import CrierHTTP2
import NIOCore

/// The connections of a channel and the calls that wait for one. Belongs to one event loop.
///
///     idle ──(call)──▶ connecting ──▶ ready ──(GOAWAY, loss)──▶ idle or, with calls waiting, connecting
///                        │   ▲
///              (all fail)▼   │(delay over)
///                     backing off                 shut down: from everywhere, final
final class ChannelCore: HTTP2ConnectionObserver {
    private enum State: Equatable {
        case idle
        case connecting(target: Int)
        case ready
        case backingOff
        case shutDown
    }

    private let eventLoop: any EventLoop
    private let connector: HTTP2Connector
    private let configuration: ChannelConfiguration
    private var targets: [HostPort]
    private var state = State.idle
    /// The connection that is being made or that takes calls.
    private var current: HTTP2Connection?
    private var authority = ""
    /// All connections that are not closed yet: the current one, and those that only finish what they began.
    private var connections: [ObjectIdentifier: HTTP2Connection] = [:]
    private var waiting: [ClientCall] = []
    private var failures = 0
    private var lastError = "not connected yet"
    private var backoffTimer: Scheduled<Void>?
    private var shutdownWaiters: [EventLoopPromise<Void>] = []

    init(targets: [HostPort], configuration: ChannelConfiguration, connector: HTTP2Connector, eventLoop: any EventLoop)
    {
        precondition(!targets.isEmpty, "a channel needs a target")
        self.targets = targets
        self.configuration = configuration
        self.connector = connector
        self.eventLoop = eventLoop
    }

    // MARK: Calls

    func start(_ call: ClientCall) {
        call.begin(on: self, eventLoop)
        place(call)
    }

    /// Places a call that its connection has refused anew: on another connection, if that one is being left.
    func retry(_ call: ClientCall) {
        // A GOAWAY often comes right behind a refusal: the rest of the read decides where calls go.
        eventLoop.assumeIsolated()
            .execute {
                if !call.isClosed { self.place(call) }
            }
    }

    private func place(_ call: ClientCall) {
        switch state {
        case .shutDown:
            call.end(GRPCStatus(.unavailable, "the channel is shut down"))
        case .ready:
            if !waiting.isEmpty || !open(call) { wait(call) }
        case .backingOff where !call.options.waitForReady:
            call.end(GRPCStatus(.unavailable, lastError))
        case .idle:
            wait(call)
            connect(target: 0)
        case .connecting, .backingOff:
            wait(call)
        }
    }

    private func wait(_ call: ClientCall) {
        if waiting.count >= Limit.waitingCalls { waiting.removeAll { $0.isClosed } }
        guard waiting.count < Limit.waitingCalls else {
            return call.end(GRPCStatus(.resourceExhausted, "\(Limit.waitingCalls) calls wait for a connection already"))
        }
        waiting.append(call)
    }

    private func open(_ call: ClientCall) -> Bool {
        guard let current else { return false }
        let scheme = configuration.http2.tls == nil ? "http" : "https"
        return call.start(on: current, authority: authority, scheme: scheme, userAgent: configuration.userAgent)
    }

    /// One of those that wait for the peer's limit of streams may have the place of a call that ended.
    func connectionHasRoom(_ connection: HTTP2Connection) {
        guard connection === current, state == .ready, !waiting.isEmpty else { return }
        startWaiting()
    }

    private func startWaiting() {
        var started = 0
        for call in waiting {
            if !call.isClosed, !open(call) { break }
            started += 1
        }
        waiting.removeFirst(started)
    }

    // MARK: Connecting

    /// Ends the current connection gracefully; from now on dials `targets`, in that order, or the old ones when empty.
    func redirect(to targets: [HostPort]) {
        if !targets.isEmpty { self.targets = targets }
        guard let current else { return }
        switch state {
        case .ready:
            retire()
            current.beginShutdown(grace: Limit.redirectGrace, reason: "redirected")
        case .connecting where !targets.isEmpty:
            connect(target: 0)
            current.close(reason: "redirected")
        case .connecting, .idle, .backingOff, .shutDown:
            break
        }
    }

    private func connect(target index: Int) {
        let target = targets[index]
        state = .connecting(target: index)
        authority = target.description
        let connection = connector.connect(host: target.host, port: target.port, on: eventLoop, observer: self)
        current = connection
        connections[ObjectIdentifier(connection)] = connection
    }

    func connectionReady(_ connection: HTTP2Connection) {
        guard connection === current else { return }
        if case .connecting = state {
            failures = 0
            state = .ready
        }
        if state == .ready { startWaiting() }
    }

    func connectionDraining(_ connection: HTTP2Connection) {
        if connection === current, state == .ready { retire() }
    }

    func connectionClosed(_ connection: HTTP2Connection, error: HTTP2Error?) {
        lost(connection, error?.message ?? "the server closed the connection")
    }

    /// The current connection takes no more calls.
    private func retire() {
        current = nil
        state = .idle
        waiting.removeAll { $0.isClosed }
        if !waiting.isEmpty { connect(target: 0) }
    }

    private func lost(_ connection: HTTP2Connection, _ reason: String) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        if connection === current {
            lastError = "\(authority): \(reason)"
            switch state {
            case .ready: retire()
            case .connecting(let index): connectFailed(target: index)
            case .idle, .backingOff, .shutDown: break
            }
        }
        finishShutdown()
    }

    private func connectFailed(target index: Int) {
        current = nil
        guard index + 1 >= targets.count else { return connect(target: index + 1) }
        failures += 1
        state = .backingOff
        let impatient = waiting.filter { !$0.options.waitForReady }
        waiting.removeAll { !$0.options.waitForReady || $0.isClosed }
        let delay = configuration.backoff.delay(afterFailures: failures, random: .random(in: 0...1))
        backoffTimer = eventLoop.assumeIsolated().scheduleTask(in: delay) { self.backoffEnded() }
        for call in impatient { call.end(GRPCStatus(.unavailable, "cannot connect to \(lastError)")) }
    }

    private func backoffEnded() {
        guard state == .backingOff else { return }
        waiting.removeAll { $0.isClosed }
        if waiting.isEmpty { state = .idle } else { connect(target: 0) }
    }

    // MARK: The end

    func shutdown(_ promise: EventLoopPromise<Void>) {
        shutdownWaiters.append(promise)
        // Connections that are still writing their last bytes know this only weakly, and who shut it down has let go of
        // it.
        promise.futureResult.assumeIsolated().whenComplete { _ in withExtendedLifetime(self) {} }
        backoffTimer?.cancel()
        state = .shutDown
        current = nil
        let calls = waiting
        waiting = []
        for call in calls { call.end(GRPCStatus(.unavailable, "the channel is shut down")) }
        for connection in connections.values { connection.close(reason: "shutdown") }
        finishShutdown()
    }

    private func finishShutdown() {
        guard state == .shutDown, connections.isEmpty else { return }
        let waiters = shutdownWaiters
        shutdownWaiters = []
        for waiter in waiters { waiter.succeed() }
    }
}
