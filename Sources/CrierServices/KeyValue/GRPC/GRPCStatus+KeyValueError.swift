import CrierCore
import CrierGRPC
import CrierMessages

/// The one table from the key-value store's refusals to gRPC's.
extension GRPCStatus {
    /// Which refusal it is, for clients that tell those of one status apart: the name of the `KeyValueError.Code`.
    static let errorTrailer = "crier-error"
    /// The revision of an entry that is not as a condition asks.
    static let revisionTrailer = "crier-revision"

    init(_ error: KeyValueError) {
        self.init(Self.code(of: error.code), error.message, metadata: [Self.errorTrailer: "\(error.code)"])
        if let current = error.current { metadata.add(Self.revisionTrailer, "\(current.revision)") }
    }

    private static func code(of code: KeyValueError.Code) -> Code {
        switch code {
        // gRPC's own word for a test-and-set that failed.
        case .preconditionFailed: .aborted
        case .invalid, .tooLarge: .invalidArgument
        case .wrongType: .failedPrecondition
        case .overflow, .compacted, .epochChanged: .outOfRange
        case .leaseNotFound: .notFound
        case .denied: .permissionDenied
        case .quota: .resourceExhausted
        case .unavailable: .unavailable
        // Not UNAVAILABLE, which clients try again by themselves: it may have happened.
        case .indeterminate: .unknown
        }
    }

    /// Any error of a key-value method.
    init(keyValue error: any Error) {
        switch error {
        case let error as KeyValueError: self.init(error)
        case let error as WireError: self.init(error)
        case let status as GRPCStatus: self = status
        default: self.init(.unknown, "\(error)")
        }
    }
}
