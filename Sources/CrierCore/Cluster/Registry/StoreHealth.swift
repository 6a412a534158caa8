import NIOCore

/// Whether the registry's store is in reach, from the answers that it gives.
struct StoreHealth: Equatable {
    /// When the first of the failures happened that no good answer has followed; nil: the store answers.
    private(set) var awaySince: NIODeadline?

    mutating func answered() { awaySince = nil }

    /// Anything that is not an answer of the store itself counts as its absence.
    mutating func note<Value>(_ result: Result<Value, KeyValueError>, now: NIODeadline) {
        switch result {
        case .failure(let error) where error.code == .unavailable || error.code == .indeterminate:
            awaySince = awaySince ?? now
        default:
            awaySince = nil
        }
    }
}
