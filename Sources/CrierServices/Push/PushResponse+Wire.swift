import CrierCore
import CrierMessages

extension PushResult {
    func response(tag: UInt64) -> PushResponse {
        PushResponse(
            success: isSuccess,
            error: detail,
            outcome: PushResponse.Outcome(outcome),
            messageID: message.rawValue,
            nodeID: node?.rawValue ?? "",
            tag: tag
        )
    }
}

extension PushResponse {
    /// The answer to a request in a `PushStream` that was wrong; the stream goes on.
    init(invalid error: String, tag: UInt64) {
        self.init(error: error, outcome: .invalid, tag: tag)
    }
}

extension PushResponse.Outcome {
    init(_ outcome: PushResult.Outcome) {
        switch outcome {
        case .written: self = .written
        case .received: self = .received
        case .applied: self = .applied
        case .rejected: self = .rejected
        case .notConnected: self = .notConnected
        case .congested: self = .congested
        case .unreachable: self = .unavailable
        case .unknown: self = .unknown
        }
    }
}
