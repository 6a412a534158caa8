import CrierCore
import NIOCore

/// Remembers what was delivered, and answers as it is told.
final class TestOutlet: Outlet {
    private let encoder: TestEncoder
    private(set) var encodedMessages: [ByteBuffer] = []
    private(set) var end: SessionEnd?
    var answer = OutletAnswer.accepted
    var stalledSince: NIODeadline?
    var queuedBytes = 0
    var peerAddress = "192.0.2.1:4711"

    init(_ encoder: TestEncoder) { self.encoder = encoder }

    func deliver(_ message: EncodedMessage) -> OutletAnswer {
        precondition(end == nil, "delivered after the end")
        if answer == .accepted { encodedMessages.append(ByteBuffer(bytes: message.bytes)) }
        return answer
    }

    func end(_ reason: SessionEnd) {
        precondition(end == nil, "ended twice")
        end = reason
    }

    var messages: [Message] { encodedMessages.map(encoder.message) }

    var texts: [String] {
        messages.compactMap { message in
            if case .text(let text) = message.content { text } else { nil }
        }
    }

    var welcome: Welcome? {
        messages.lazy
            .compactMap { message in
                if case .welcome(let welcome) = message.content { welcome } else { nil }
            }
            .first
    }

    var redirects: [Redirect] {
        messages.compactMap { message in
            if case .redirect(let redirect) = message.content { redirect } else { nil }
        }
    }
}
