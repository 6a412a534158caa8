import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One agent's stream: what it says goes to its session, what the session delivers goes down the stream.
///
/// ```
///   (none) ── let in ──▶ waiting ── register, reconnect ──▶ attached ── stream or session ends ──▶ ended
///      └── too many ───────┴────── anything else: FAILED_PRECONDITION, refusals of the gateway ─────┘
/// ```
///
/// It is the session's outlet as well: one object an agent, since most of them are idle most of the time.
final class ConnectCall: ServerCallHandler {
    private let call: ServerCall
    private let gateway: Gateway
    private var session: SessionHandle?
    private var isLetIn = false

    init(_ call: ServerCall, _ gateway: Gateway) {
        self.call = call
        self.gateway = gateway
        do throws(GatewayError) {
            try gateway.enter(on: call.eventLoop)
            isLetIn = true
        } catch {
            call.finish(GRPCStatus(error))
        }
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard isLetIn else { return }
        do {
            let message = try ClientMessage(unpacking: message)
            if let session { try handle(message, of: session) } else { try begin(message) }
        } catch let error as WireError {
            refuse(GRPCStatus(error))
        } catch let error as GatewayError {
            refuse(GRPCStatus(error))
        } catch {
            refuse(GRPCStatus(.unknown, "\(error)"))
        }
    }

    private func begin(_ message: ClientMessage) throws {
        let registration: Registration
        switch message.payload {
        case .register(let register): registration = try Registration(register)
        case .reconnect(let reconnect): registration = try Registration(reconnect)
        default:
            throw GatewayError(
                .failedPrecondition,
                field: "payload",
                "the first message must be register or reconnect; it is \(message.payloadName)"
            )
        }
        session = try gateway.attach(registration, outlet: self, on: call.eventLoop)
    }

    private func handle(_ message: ClientMessage, of session: SessionHandle) throws {
        switch message.payload {
        case .heartbeat(let heartbeat): session.heartbeat(timestamp: heartbeat.timestamp)
        case .ack(let ack): session.acknowledge(try Acknowledgement(ack))
        case .fileStatus(let status): session.fileStatus(CrierCore.FileStatus(status))
        // A later contract's message: this gateway does not know it and does without.
        case nil: break
        case .register, .reconnect:
            throw GatewayError(
                .failedPrecondition,
                field: "payload",
                "\(message.payloadName) can only be the first message; this stream is registered"
            )
        }
    }

    /// The stream ends by our decision: first the session, so that nothing is delivered behind the status.
    private func refuse(_ status: GRPCStatus) {
        session?.detach()
        call.finish(status)
    }

    /// An agent that half-closes hears on; without a session there is nothing that it could hear.
    func receivedEnd() {
        guard isLetIn, session == nil else { return }
        call.finish(GRPCStatus(.failedPrecondition, "the stream ended before its first message, register or reconnect"))
    }

    func closed(_ end: CallEnd) {
        session?.detach()
        session = nil
        if isLetIn { gateway.left() }
        isLetIn = false
    }
}

extension ConnectCall: Outlet {
    func deliver(_ message: EncodedMessage) -> OutletAnswer {
        guard call.isOpen else { return .closed }
        guard call.bufferedBytes < CrierCore.Limits.outletQueueBytes else { return .congested }
        call.send(framed: message.bytes)
        return .accepted
    }

    func end(_ reason: SessionEnd) { call.finish(GRPCStatus(reason)) }

    var stalledSince: NIODeadline? { call.stalledSince }
    var queuedBytes: Int { call.bufferedBytes }
    var peerAddress: String { call.peerAddress }
    var roundTrip: TimeAmount? { call.roundTrip }

    var footprint: OutletFootprint {
        let (exchange, connection) = call.carriers
        return OutletFootprint(self, call, exchange, connection)
    }
}

extension GRPCStatus {
    /// How an agent's stream ends. OK where a Redirect has said all; otherwise a code that tells it to come back.
    fileprivate init(_ reason: SessionEnd) {
        switch reason {
        case .superseded, .drained, .rebalanced, .recalled, .disconnected:
            self.init(.ok)
        case .silent(let time):
            self.init(
                .unavailable, "no message for \(time.nanoseconds / 1_000_000_000) s, though the client used to beat")
        case .stalled(let time):
            self.init(.unavailable, "the client did not read for \(time.nanoseconds / 1_000_000_000) s")
        }
    }
}
