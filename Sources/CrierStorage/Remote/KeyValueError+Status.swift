import CrierCore
import CrierGRPC

/// The one table from another gateway's answers to the port's errors.
extension KeyValueError {
    /// Which refusal it is, in the words of `KeyValueError.Code`.
    private static let errorTrailer = "crier-error"

    /// - Parameter isWrite: the call changes something: a lost answer then leaves open whether it did.
    init(_ status: GRPCStatus, isWrite: Bool) {
        if let told = status.metadata.first(Self.errorTrailer).flatMap(Code.init(named:)) {
            self.init(told, status.message)
        } else if isWrite, status.mayHaveRun || Self.leavesOpen(status.code) {
            self.init(.indeterminate, "the other gateway's answer is lost; it may have happened or not: \(status)")
        } else {
            self.init(Self.code(of: status.code), "the other gateway: \(status)")
        }
    }

    /// An answer that is not as the contract says.
    static func malformed(_ field: String, isWrite: Bool) -> KeyValueError {
        KeyValueError(isWrite ? .indeterminate : .unavailable, "the other gateway's answer has no \(field)")
    }

    private static func leavesOpen(_ code: GRPCStatus.Code) -> Bool {
        switch code {
        case .unknown, .deadlineExceeded, .cancelled, .internalError, .dataLoss: true
        default: false
        }
    }

    private static func code(of code: GRPCStatus.Code) -> Code {
        switch code {
        case .invalidArgument: .invalid
        case .permissionDenied: .denied
        // A secret that does not fit is the operators' to mend, and not a word about who asks this gateway.
        default: .unavailable
        }
    }
}

extension KeyValueError.Code {
    fileprivate init?(named name: String) {
        guard let code = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = code
    }
}
