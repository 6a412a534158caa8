public import CrierCore
public import CrierGRPC
import CrierMessages
import NIOCore
import Synchronization

/// `crier.v1.PeerService`: the door through which other nodes push to this one's clients. It has a listening socket of its
/// own, and no other service behind it.
public final class PeerService: Sendable {
    static let name = "crier.v1.PeerService"
    static let calleeField = "crier-callee"

    let gateway: Gateway
    let incarnation: Incarnation
    private let secret: PeerSecret?
    private let state = Mutex(State())

    private struct State {
        var calls: [ObjectIdentifier: NIOLoopBound<PeerCall>] = [:]
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
    public static var configuration: GRPCServerConfiguration {
        var configuration = GRPCServerConfiguration()
        configuration.limits.inboundMessageBytes = PeerLimits.inboundMessageBytes
        configuration.expect(
            silence: PeerLimits.silence, answer: PeerLimits.silenceAfterPing, permittedPings: PeerLimits.permittedPings,
            streamWindow: PeerLimits.streamWindow
        )
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
        if let secret {
            guard let given = call.metadata.firstBinary(PeerSecret.field) else {
                return GRPCStatus(.unauthenticated, "\(PeerSecret.field) is missing: this node asks for a peer secret")
            }
            guard secret.matches(given) else {
                return GRPCStatus(.unauthenticated, "\(PeerSecret.field) is not the secret of this cluster")
            }
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

    func opened(_ call: PeerCall, on eventLoop: any EventLoop) {
        let bound = NIOLoopBound(call, eventLoop: eventLoop)
        state.withLock { $0.calls[ObjectIdentifier(call)] = bound }
    }

    func closed(_ call: PeerCall) { _ = state.withLock { $0.calls.removeValue(forKey: ObjectIdentifier(call)) } }
}
