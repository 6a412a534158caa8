import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// Pushes between nodes: the core's words and the wire's.
extension CrierCore.ForwardedPush {
    /// Throws INVALID_ARGUMENT naming the field, as for any other push: the other node may err.
    init(_ view: ForwardedPushView) throws(GatewayError) {
        let client = try ClientID(validating: try view.clientID.text("client_id"))
        let stage: CrierCore.PushRequest.Stage
        switch view.waitFor {
        case .written: stage = .written
        case .received: stage = .received
        case .applied: stage = .applied
        case .unrecognized(let number):
            throw GatewayError(
                .invalidArgument, field: "wait_for", "wait_for is \(number), which this node does not know")
        }
        self.init(
            client: client,
            generation: Generation(rawValue: view.generation),
            waitFor: stage,
            patience: .milliseconds(min(max(view.timeoutMs, 0), 1 << 40)),
            message: stage == .written ? MessageID("") : MessageID(try view.messageID.text("message_id")),
            tag: view.tag
        )
    }

    /// Calls `body` with the push as the wire has it.
    func withView(_ message: EncodedMessage, _ body: (ForwardedPushView) -> Void) {
        var (client, id) = (client.rawValue, waitFor == .written ? "" : self.message.rawValue)
        client.withUTF8 { client in
            id.withUTF8 { id in
                body(
                    ForwardedPushView(
                        tag: tag,
                        clientID: UnsafeRawBufferPointer(client),
                        generation: generation.rawValue,
                        message: message.bytes,
                        waitFor: CrierMessages.PushRequest.WaitFor(waitFor),
                        timeoutMs: waitFor == .written ? 0 : max(patience.nanoseconds / 1_000_000, 1),
                        messageID: UnsafeRawBufferPointer(id)
                    )
                )
            }
        }
    }
}

extension ForwardedPushView {
    /// The message for the client. Throws INVALID_ARGUMENT unless it is exactly one in the framed form: it goes into
    /// the client's stream as it is.
    func framedMessage() throws(GatewayError) -> EncodedMessage {
        let prefix = FramedMessage.prefixBytes
        guard message.count >= prefix, message[0] == 0,
            Int(UInt32(bigEndian: message.loadUnaligned(fromByteOffset: 1, as: UInt32.self))) == message.count - prefix,
            message.count <= CrierCore.Limits.messageBytes
        else {
            throw GatewayError(
                .invalidArgument, field: "message", "message is not one length-prefixed message of at most 4 MiB"
            )
        }
        return EncodedMessage(message)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func text(_ field: String) throws(GatewayError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bindMemory(to: UInt8.self).span))
        } catch {
            throw GatewayError(.invalidArgument, field: field, "\(field) is not valid UTF-8")
        }
    }
}

extension CrierMessages.PushRequest.WaitFor {
    fileprivate init(_ stage: CrierCore.PushRequest.Stage) {
        switch stage {
        case .written: self = .written
        case .received: self = .received
        case .applied: self = .applied
        }
    }
}

extension ForwardedAnswer.Outcome {
    init(_ outcome: PushResult.Outcome) {
        switch outcome {
        case .written: self = .written
        case .received: self = .received
        case .applied: self = .applied
        case .rejected: self = .rejected
        case .congested: self = .congested
        // A node forwards nothing that was forwarded to it, so the last two cannot come.
        case .notConnected, .unreachable, .unknown: self = .notConnected
        }
    }
}

extension ForwardAnswer {
    /// What another node said; nil for a word that this one does not know.
    init?(_ view: ForwardedAnswerView) {
        let detail = view.detail.isEmpty ? "" : String(decoding: view.detail, as: UTF8.self)
        switch view.outcome {
        case .written where view.awaiting: self = .awaiting
        case .written: self = .done(.written, detail: detail)
        case .received: self = .done(.received, detail: detail)
        case .applied: self = .done(.applied, detail: detail)
        case .rejected: self = .done(.rejected, detail: detail)
        case .notConnected: self = .done(.notConnected, detail: detail)
        case .congested: self = .done(.congested, detail: detail)
        case .wrongNode: self = .wrongNode(EncodedMessage(view.message))
        case .unrecognized: self = .done(.unknown, detail: "the node gave an answer that this one does not know")
        }
    }
}
