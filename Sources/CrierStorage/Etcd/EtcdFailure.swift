import CrierCore
import CrierGRPC

/// Why etcd did not do what was asked, as far as the driver acts differently. Codes and words are those of etcd's
/// `rpctypes/error.go`.
struct EtcdFailure: Error, Equatable {
    enum Kind: Equatable {
        case compacted
        case futureRevision
        case leaseNotFound
        case tooLarge
        case noSpace
        case denied
        /// The token is too old, or the rights have changed since it was given: a new one may do.
        case staleToken
        /// No member was reached, or the one that was did nothing and says so: another attempt may succeed.
        case notDone
        /// The answer is larger than what is taken.
        case answerTooLarge
        /// Nobody knows whether it was done.
        case unknown
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    init(_ status: GRPCStatus) {
        self.init(Self.kind(status), status.description)
    }

    /// Whether another member may do better.
    var isOfMember: Bool { kind == .notDone || kind == .unknown }

    private static func kind(_ status: GRPCStatus) -> Kind {
        if status.mayHaveRun { return .unknown }
        let word = status.message
        guard word.hasPrefix("etcdserver: ") else {
            switch status.code {
            case .unavailable, .deadlineExceeded: return .notDone
            case .resourceExhausted: return .answerTooLarge
            case .unauthenticated: return .staleToken
            case .permissionDenied: return .denied
            default: return .unknown
            }
        }
        switch status.code {
        case .outOfRange: return word.contains("future") ? .futureRevision : .compacted
        case .notFound where word.contains("lease"): return .leaseNotFound
        case .invalidArgument where word.contains("auth store is old"): return .staleToken
        case .invalidArgument where word.contains("too large") || word.contains("too many operations"):
            return .tooLarge
        case .invalidArgument, .failedPrecondition, .permissionDenied: return .denied
        case .unauthenticated: return .staleToken
        case .resourceExhausted: return word.contains("space") ? .noSpace : .notDone
        case .unavailable where word.contains("no leader"): return .notDone
        default: return .unknown
        }
    }
}

extension KeyValueError {
    /// - Parameter isWrite: the request would have changed something.
    init(_ failure: EtcdFailure, isWrite: Bool) {
        let code: Code =
            switch failure.kind {
            case .compacted: .compacted
            case .futureRevision: .epochChanged
            case .leaseNotFound: .leaseNotFound
            case .tooLarge: .tooLarge
            case .noSpace: .quota
            case .denied, .staleToken: .denied
            case .notDone: .unavailable
            case .answerTooLarge, .unknown: isWrite ? .indeterminate : .unavailable
            }
        self.init(code, "etcd: \(failure.message)")
    }
}
