import CrierCore
import NIOCore
import NIOEmbedded
import Synchronization

/// What a registry would know, as the test says it.
final class TestDirectory: RouteDirectory {
    typealias Completion = @Sendable (Result<RemoteRoute?, KeyValueError>) -> Void

    private struct State {
        var routes: [ClientID: RemoteRoute] = [:]
        var isProven = true
        var rereads: [(client: ClientID, completion: Completion)] = []
    }

    private let state = Mutex(State())

    func route(to client: ClientID) -> RemoteRoute? { state.withLock { $0.routes[client] } }

    func reread(_ client: ClientID, completion: @escaping Completion) {
        state.withLock { $0.rereads.append((client, completion)) }
    }

    var isProven: Bool { state.withLock { $0.isProven } }
    var nodes: [ClusterNode] { [] }
    func observeNodes(_ observer: any NodeObserver) {}

    // MARK: What the test says

    func set(_ client: String, _ route: RemoteRoute?) throws {
        let client = try ClientID(validating: client)
        state.withLock { $0.routes[client] = route }
    }

    func prove(_ isProven: Bool) { state.withLock { $0.isProven = isProven } }

    var rereadCount: Int { state.withLock { $0.rereads.count } }

    /// Answers the oldest question to the store.
    func answerReread(_ result: Result<RemoteRoute?, KeyValueError>) {
        let completion = state.withLock { $0.rereads.isEmpty ? nil : $0.rereads.removeFirst().completion }
        completion?(result)
    }
}

/// The ways to other nodes, which end in the test.
final class TestLinks: PushForwarding, PushForwarder {
    struct Sent {
        let push: ForwardedPush
        let message: ByteBuffer
        let node: NodeID
    }

    // All of it on one embedded loop, which is the test's own thread.
    private struct State: Sendable {
        var sent: [Sent] = []
        var acceptance = ForwardAcceptance.accepted
    }

    private let state = Mutex(State())
    private let answers = Mutex<NIOLoopBound<WeakAnswers>?>(nil)

    private final class WeakAnswers {
        weak var answers: (any ForwardingAnswers)?
        init(_ answers: any ForwardingAnswers) { self.answers = answers }
    }

    func forwarder(on eventLoop: any EventLoop, answers: any ForwardingAnswers) -> any PushForwarder {
        let bound = NIOLoopBound(WeakAnswers(answers), eventLoop: eventLoop)
        self.answers.withLock { $0 = bound }
        return self
    }

    func forward(_ push: ForwardedPush, _ message: EncodedMessage, along route: RemoteRoute) -> ForwardAcceptance {
        let sent = Sent(push: push, message: ByteBuffer(bytes: message.bytes), node: route.node)
        return state.withLock { state in
            if state.acceptance == .accepted { state.sent.append(sent) }
            return state.acceptance
        }
    }

    // MARK: What the test says

    func set(_ acceptance: ForwardAcceptance) { state.withLock { $0.acceptance = acceptance } }

    /// Takes what was sent since.
    func take() -> [Sent] {
        state.withLock { state in
            defer { state.sent = [] }
            return state.sent
        }
    }

    func answer(_ sent: Sent, _ outcome: PushResult.Outcome, by node: Incarnation = .two) {
        bound?.answered(sent.push.tag, .done(outcome, detail: "as the node says"), by: node)
    }

    func tellAwaiting(_ sent: Sent) { bound?.answered(sent.push.tag, .awaiting, by: .two) }

    func sayWrongNode(_ sent: Sent, by node: Incarnation = .two) {
        sent.message.withUnsafeReadableBytes {
            bound?.answered(sent.push.tag, .wrongNode(EncodedMessage($0)), by: node)
        }
    }

    func lose(_ loss: ForwardLoss, of node: Incarnation = .two) { bound?.lost(node, loss) }

    private var bound: (any ForwardingAnswers)? { answers.withLock { $0 }?.value.answers }
}

extension Incarnation {
    static let two = Incarnation(rawValue: 2)
    static let three = Incarnation(rawValue: 3)
}

extension RemoteRoute {
    /// To node-2 or node-3.
    static func to(_ incarnation: Incarnation, _ generation: UInt64) throws -> RemoteRoute {
        RemoteRoute(
            node: try NodeID(validating: "node-\(incarnation.rawValue)"),
            incarnation: incarnation,
            generation: Generation(rawValue: generation)
        )
    }
}
