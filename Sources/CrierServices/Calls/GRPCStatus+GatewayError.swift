import CrierCore
import CrierGRPC
import NIOCore

/// The one table from the core's refusals to gRPC's.
extension GRPCStatus {
    /// The trailer that says when to come back, in milliseconds.
    static let retryAfterTrailer = "crier-retry-after-ms"

    /// The same for gRPC's own retries (gRFC A6, "Pushback").
    static let pushbackTrailer = "grpc-retry-pushback-ms"

    init(_ error: GatewayError) {
        self.init(Self.code(of: error.code), error.message)
        if let retryAfter = error.retryAfter {
            let milliseconds = "\(retryAfter.nanoseconds / 1_000_000)"
            metadata.add(Self.retryAfterTrailer, milliseconds)
            metadata.add(Self.pushbackTrailer, milliseconds)
        }
    }

    private static func code(of code: GatewayError.Code) -> Code {
        switch code {
        case .invalidArgument: .invalidArgument
        case .failedPrecondition: .failedPrecondition
        case .aborted: .aborted
        case .notFound: .notFound
        case .resourceExhausted: .resourceExhausted
        case .unavailable: .unavailable
        case .unimplemented: .unimplemented
        }
    }
}
