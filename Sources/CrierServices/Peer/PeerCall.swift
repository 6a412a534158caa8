import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// The pushes of one event loop of another node. Answers go out in one message a turn of the loop.
///
/// ```
///   refused ◀── open ── this node leaves ──▶ leaving ── all answered ──▶ ended
/// ```
final class PeerCall: ServerCallHandler {
    private let call: ServerCall
    private let service: PeerService
    private let caller: String
    private let node: PushOrigin
    let standing = CallStanding()
    // Unchecked: what fills a batch is given memory and nothing else.
    @exclusivity(unchecked) private var batch = TurnBatch()
    private var underWay = 0
    private var isFlushing = false
    private var isPaused = false
    private var isLeaving = false
    private var isAdmitted = false

    init(_ call: ServerCall, _ service: PeerService) {
        self.call = call
        self.service = service
        caller = call.metadata.first(PeerService.callerField) ?? ""
        // An older node does not say who it is.
        let name = call.metadata.first(PeerService.nodeField).flatMap { try? NodeID(validating: $0) }
        if let refusal = service.refusal(of: call) {
            node = .here
            call.finish(refusal)
            return
        }
        node = name.map(service.gateway.origin) ?? .here
        isAdmitted = true
        service.opened(self, of: caller, on: call.eventLoop)
        call.send(PeerResponse(hello: PeerHello(nodeID: service.gateway.node.rawValue)))
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard isAdmitted, !isLeaving, !standing.isRetired else { return }
        do throws(WireError) {
            try ForwardedPushView.forEach(in: message) { take($0) }
        } catch {
            refuse(GRPCStatus(error))
        }
        balance()
    }

    private func take(_ push: ForwardedPushView) {
        guard call.isOpen else { return }
        do throws(GatewayError) {
            let forwarded = try CrierCore.ForwardedPush(push)
            let message = try push.framedMessage()
            underWay += 1
            let isOurs = service.gateway.deliver(forwarded, message, on: call.eventLoop, caller: self, from: node)
            guard !isOurs else { return }
            underWay -= 1
            answer(ForwardedAnswerView(tag: push.tag, outcome: .wrongNode, message: push.message))
        } catch {
            refuse(GRPCStatus(error))
        }
    }

    /// The other node errs: what it says next cannot be trusted either.
    private func refuse(_ status: GRPCStatus) {
        isAdmitted = false
        flush()
        call.finish(status)
    }

    // MARK: Answers

    private func answer(_ answer: ForwardedAnswerView) {
        batch.append(answer.packedSize) { answer.write(to: $0) }
        if batch.byteCount >= PeerLimits.batchBytes { flush() }
        guard !isFlushing else { return }
        isFlushing = true
        call.eventLoop.assumeIsolated().execute { self.endTurn() }
    }

    private func endTurn() {
        isFlushing = false
        flush()
        balance()
        if isLeaving, underWay == 0 { call.finish(GRPCStatus(.unavailable, "this node is leaving")) }
    }

    private func flush() {
        for message in batch.take() { call.send(message) }
    }

    /// A node that does not read its answers gets no more pushes taken.
    private func balance() {
        if !call.isWritable, !isPaused {
            isPaused = true
            call.pauseReceiving()
        } else if call.isWritable, isPaused {
            isPaused = false
            call.resumeReceiving()
        }
    }

    func writable() { balance() }

    // MARK: The end

    /// Takes no more pushes, and ends once those that came are answered.
    func leave() {
        guard !isLeaving else { return }
        isLeaving = true
        endTurn()
    }

    /// The other node is leaving, and hears what became of its last pushes.
    func receivedEnd() { leave() }

    func closed(_ end: CallEnd) {
        isLeaving = true
        service.closed(self, of: caller)
    }
}

extension PeerCall: PushCaller {
    var isOtherNode: Bool { true }

    func written(tag: UInt64) { answer(ForwardedAnswerView(tag: tag, awaiting: true)) }

    func pushed(_ result: PushResult, tag: UInt64) {
        underWay -= 1
        let outcome = ForwardedAnswer.Outcome(result.outcome)
        guard !result.detail.isEmpty else { return answer(ForwardedAnswerView(tag: tag, outcome: outcome)) }
        var detail = result.detail
        detail.withUTF8 { detail in
            answer(ForwardedAnswerView(tag: tag, outcome: outcome, detail: UnsafeRawBufferPointer(detail)))
        }
    }
}
