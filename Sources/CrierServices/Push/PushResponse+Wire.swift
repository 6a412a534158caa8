import CrierCore
import CrierMessages

extension PushResponse {
    init(_ result: PushResult, tag: UInt64) {
        self.init(
            success: result.isSuccess,
            error: result.detail,
            outcome: Outcome(result.outcome),
            messageID: result.message.rawValue,
            nodeID: result.node?.rawValue ?? "",
            tag: tag
        )
    }

    /// The answer to a request in a `PushStream` that was wrong; the stream goes on.
    init(invalid error: String, tag: UInt64) {
        self.init(error: error, outcome: .invalid, tag: tag)
    }
}

extension PushResponse.Outcome {
    fileprivate init(_ outcome: PushResult.Outcome) {
        switch outcome {
        case .written: self = .written
        case .received: self = .received
        case .applied: self = .applied
        case .rejected: self = .rejected
        case .notConnected: self = .notConnected
        case .congested: self = .congested
        }
    }
}
