import CrierGRPC
import CrierMessages

extension CrierClientError {
    /// The trailer by which a gateway says when to come back, in milliseconds.
    static let retryAfterTrailer = "crier-retry-after-ms"

    /// What a call's status means to the SDK's users. The one table.
    init(_ status: GRPCStatus) {
        let code: Code =
            switch status.code {
            case .invalidArgument: .invalidArgument
            case .notFound: .notFound
            case .alreadyExists, .failedPrecondition: .changed
            case .outOfRange: .outOfRange
            case .resourceExhausted: .busy
            case .unavailable, .aborted: .unavailable
            case .deadlineExceeded: .deadlineExceeded
            case .cancelled: .cancelled
            case .permissionDenied, .unauthenticated: .notPermitted
            case .dataLoss: .dataLoss
            case .unimplemented: .unsupported
            case .ok, .unknown, .internalError: .internalError
            }
        let milliseconds = status.metadata.first(Self.retryAfterTrailer).flatMap { Int64($0) }
        self.init(
            code,
            status.description,
            cause: status,
            retryAfter: milliseconds.map { .milliseconds(max(0, $0)) }
        )
    }

    init(_ error: WireError) {
        self.init(.protocolViolation, error.description, cause: error)
    }
}
