public import CrierCore
public import CrierGRPC
import CrierMessages
import NIOCore
import Synchronization

/// `crier.v1.PeerService`: the door through which other nodes push to this one's clients. It has a listening socket of
/// its own, and no other service behind it.
public final class PeerService: Sendable {
    static let name = "crier.v1.PeerService"
    static let calleeField = "crier-callee"
    static let callerField = "crier-caller"
    static let nodeField = "crier-node"

    let gateway: Gateway
    let incarnation: Incarnation
    private let secret: PeerSecret?
    private let state = Mutex(State())

    private struct State {
        var calls: [ObjectIdentifier: NIOLoopBound<PeerCall>] = [:]
        /// The newest call of each event loop of each other node.
        var newest: [String: CallStanding] = [:]
        var isClosing = false
    }

    /// - Parameters:
    ///   - incarnation: This process's own: callers who mean another are refused.
    ///   - secret: What callers must know; nil: their TLS certificate has told who they are.
    public init(gateway: Gateway, incarnation: Incarnation, secret: PeerSecret?) {
        self.gateway = gateway
        self.incarnation = incarnation
        self.secret = secret
    }

    /// Adds the service's method to the table of the peer door.
    public func add(to methods: inout MethodTable) {
        methods.add("Forward", service: Self.name) { call in PeerCall(call, self) }
    }

    /// How the peer door treats its connections; TLS is the assembly's to add.
    public static func configuration(_ timing: PeerTiming = PeerTiming()) -> GRPCServerConfiguration {
        var configuration = GRPCServerConfiguration()
        configuration.limits.inboundMessageBytes = PeerLimits.inboundMessageBytes
        configuration.giveUp(
            handshake: timing.connect, idleBeforePing: timing.silence, pingTimeout: timing.answer
        )
        configuration.permitPings(every: PeerLimits.permittedPings)
        configuration.streamWindow = PeerLimits.streamWindow
        return configuration
    }

    /// Takes no more pushes, and lets the other nodes go once those that came are answered.
    public func close() {
        let calls = state.withLock { state in
            state.isClosing = true
            return state.calls.values.map { $0 }
        }
        for call in calls { call.eventLoop.execute { call.value.leave() } }
    }

    // MARK: For the calls

    /// Why a call is not let in; nil when it is.
    func refusal(of call: ServerCall) -> GRPCStatus? {
        if let refusal = secret?.refusal(of: call.metadata) { return refusal }
        guard call.metadata.first(Self.callerField)?.isEmpty == false else {
            return GRPCStatus(.invalidArgument, "\(Self.callerField) is missing")
        }
        let callee = call.metadata.first(Self.calleeField)
        guard callee == incarnation.description else {
            return GRPCStatus(
                .failedPrecondition,
                "\(Self.calleeField) is \(callee ?? "missing"); this node is \(incarnation)"
            )
        }
        return state.withLock { $0.isClosing } ? GRPCStatus(.unavailable, "this node is leaving") : nil
    }

    /// A newer call of the same caller takes nothing more from the older one: what that still holds was given up by the
    /// caller, and must not arrive behind what comes now.
    func opened(_ call: PeerCall, of caller: String, on eventLoop: any EventLoop) {
        let bound = NIOLoopBound(call, eventLoop: eventLoop)
        let older = state.withLock { state in
            state.calls[ObjectIdentifier(call)] = bound
            return state.newest.updateValue(call.standing, forKey: caller)
        }
        older?.retire()
    }

    func closed(_ call: PeerCall, of caller: String) {
        state.withLock { state in
            state.calls[ObjectIdentifier(call)] = nil
            if state.newest[caller] === call.standing { state.newest[caller] = nil }
        }
    }
}

/// Whether a call is still the newest of its caller: asked on the call's loop, decided on any.
final class CallStanding: Sendable {
    private let retired = Atomic<Bool>(false)

    var isRetired: Bool { retired.load(ordering: .acquiring) }

    func retire() { retired.store(true, ordering: .releasing) }
}
