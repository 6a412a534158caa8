import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One event loop's stream to one life of another node. Belongs to the loop.
///
/// ```
///            push                hello
///   idle ──────────▶ dialling ──────────▶ ready
///    ▲  ◀── failure ────┘                   │
///    └───────────── the stream ends ────────┘          closed: from everywhere, final
/// ```
///
/// Until the other node's hello nothing is sent: so a push that is answered "unreachable" never left.
final class PeerLink: LoopCallHandler {
    private enum State {
        case idle(until: NIODeadline)
        case dialling(LoopCall?)
        case ready(LoopCall)
        case closed
    }

    let node: ClusterNode
    private let channel: GRPCChannel
    private let options: CallOptions
    private let backoff: ConnectionBackoff
    // The loop that owns the links owns what hears of their answers.
    private weak var answers: (any ForwardingAnswers)?
    private var state = State.idle(until: .distantPast)
    // Unchecked: what fills a batch is given memory and nothing else.
    @exclusivity(unchecked) private var batch = TurnBatch()
    private var isFlushing = false
    private var failures = 0
    private var lastError = ""

    init(_ node: ClusterNode, channel: GRPCChannel, options: CallOptions, answers: any ForwardingAnswers) {
        self.node = node
        self.channel = channel
        self.options = options
        self.answers = answers
        var backoff = ConnectionBackoff()
        backoff.initial = PeerLimits.firstBackoff
        backoff.maximum = PeerLimits.longestBackoff
        self.backoff = backoff
    }

    // MARK: Pushes

    func forward(_ push: CrierCore.ForwardedPush, _ message: EncodedMessage) -> ForwardAcceptance {
        var waiting = batch.byteCount
        switch state {
        case .closed:
            return .unreachable("node \(node.id) is gone")
        case .idle(let until):
            guard until <= channel.eventLoop.now else { return .unreachable(lastError) }
            dial()
            if case .idle = state { return .unreachable(lastError) }
        case .dialling:
            break
        case .ready(let call):
            waiting += call.bufferedBytes
        }
        guard waiting < PeerLimits.unsentBytes else {
            return .congested("node \(node.id) does not read: \(waiting) bytes wait for it")
        }
        push.withView(message) { view in batch.append(view.packedSize) { view.write(to: $0) } }
        flushSoon()
        return .accepted
    }

    private func flushSoon() {
        guard case .ready = state else { return }
        if batch.byteCount >= PeerLimits.batchBytes { flush() }
        guard !isFlushing else { return }
        isFlushing = true
        channel.eventLoop.assumeIsolated()
            .execute {
                self.isFlushing = false
                self.flush()
            }
    }

    private func flush() {
        guard case .ready(let call) = state else { return }
        for message in batch.take() { call.send(message) }
    }

    // MARK: The stream

    private func dial() {
        state = .dialling(nil)
        let call = channel.begin("\(PeerService.name)/Forward", options: options, handler: self)
        // It may have ended, or been welcomed, within that call.
        if case .dialling = state { state = .dialling(call) }
    }

    func received(_ message: UnsafeRawBufferPointer) {
        switch state {
        case .dialling(let call?):
            // The first message is the hello, whatever a later version puts into it.
            failures = 0
            state = .ready(call)
            flush()
        case .ready(let call):
            read(message, of: call)
        case .dialling, .idle, .closed:
            break
        }
    }

    private func read(_ message: UnsafeRawBufferPointer, of call: LoopCall) {
        // Once for all of them: a weak reference is slow to follow.
        guard let answers else { return }
        do throws(WireError) {
            try ForwardedAnswerView.forEach(in: message) { view in
                guard let answer = ForwardAnswer(view) else { return }
                answers.answered(view.tag, answer, by: node.incarnation)
            }
        } catch {
            // What it says next cannot be trusted either; the end of the stream settles the rest.
            call.cancel()
        }
    }

    func writable() {}

    func closed(_ status: GRPCStatus) {
        let reason = "node \(node.id) at \(node.peerAddress): \(status)"
        switch state {
        case .dialling(nil):
            // Within `dial`: the push that asked for it is refused by `forward`, and there is no other.
            retreat(reason)
        case .dialling:
            retreat(reason)
            answers?.lost(node.incarnation, .unsent(reason))
        case .ready:
            retreat(reason)
            answers?.lost(node.incarnation, .unknown(reason))
        case .idle, .closed:
            break
        }
    }

    /// Whatever follows, what was in the batch is answered with what was sent.
    private func retreat(_ reason: String) {
        failures += 1
        lastError = reason
        batch = TurnBatch()
        let delay = backoff.delay(afterFailures: failures, random: .random(in: 0...1))
        state = .idle(until: channel.eventLoop.now + delay)
    }

    /// Ends the link for good: the node is gone, or this one goes.
    func close(_ reason: String) -> GRPCChannel {
        let old = state
        state = .closed
        batch = TurnBatch()
        switch old {
        case .dialling(let call):
            call?.cancel()
            answers?.lost(node.incarnation, .unsent(reason))
        case .ready(let call):
            call.cancel()
            answers?.lost(node.incarnation, .unknown(reason))
        case .idle, .closed:
            break
        }
        return channel
    }
}
