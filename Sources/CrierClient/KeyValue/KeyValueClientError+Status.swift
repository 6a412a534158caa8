import CrierGRPC

extension KeyValueClientError {
    /// The trailers in which a gateway says which refusal it is, and which revision an entry has that is not as asked.
    enum Trailer {
        static let code = "crier-error"
        static let revision = "crier-revision"
    }

    /// What a call's status means. The one table.
    /// - Parameter isWrite: The call changes something: a lost answer then leaves open whether it did.
    init(_ status: GRPCStatus, isWrite: Bool) {
        if status.mayHaveRun, isWrite {
            self.init(.indeterminate, "it may have happened or not: \(status)", cause: status)
            return
        }
        let told = status.metadata.first(Trailer.code).flatMap(Code.init(rawValue:))
        self.init(
            told ?? Self.code(status.code, isWrite: isWrite),
            status.message.isEmpty ? status.description : status.message,
            currentRevision: status.metadata.first(Trailer.revision).flatMap { UInt64($0) },
            cause: status
        )
    }

    private static func code(_ code: GRPCStatus.Code, isWrite: Bool) -> Code {
        switch code {
        case .aborted: .preconditionFailed
        case .invalidArgument: .invalid
        case .outOfRange: isWrite ? .overflow : .compacted
        case .failedPrecondition: isWrite ? .wrongType : .epochChanged
        case .notFound, .alreadyExists: .notFound
        case .resourceExhausted: .quota
        case .permissionDenied, .unauthenticated: .denied
        case .unavailable: .unavailable
        // The gateway's own deadline, or its word that nobody knows.
        case .deadlineExceeded, .unknown: isWrite ? .indeterminate : .unavailable
        case .cancelled: .cancelled
        case .unimplemented: .unsupported
        case .ok, .internalError, .dataLoss: .internalError
        }
    }

    /// An answer that the contract does not allow. A write behind it has happened, as far as anybody can tell.
    static func incomplete(_ field: String) -> KeyValueClientError {
        KeyValueClientError(.internalError, "the gateway's answer has no \(field)")
    }
}
