import CrierCore
import CrierGRPC

/// The one table from the file store's refusals to gRPC's.
extension GRPCStatus {
    init(_ error: FileStoreError) {
        self.init(Self.code(of: error.code), error.message)
    }

    private static func code(of code: FileStoreError.Code) -> Code {
        switch code {
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        case .failedPrecondition: .failedPrecondition
        case .outOfRange: .outOfRange
        case .resourceExhausted: .resourceExhausted
        case .aborted: .aborted
        case .dataLoss: .dataLoss
        case .unavailable: .unavailable
        case .internalFault: .internalError
        }
    }
}
