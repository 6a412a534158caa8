public import CrierCore

/// What concurrent clients asked a store and what they were told, beside the log of what it says it did.
public struct RecordedHistory: Sendable {
    /// One request of one client.
    public struct Operation: Sendable {
        public enum Action: Sendable {
            case read(StoreKey)
            /// Each value that is put must be put once only: by it an operation is found in the log whose answer was
            /// lost.
            case transact(StoreTransaction)
        }

        public enum Answer: Sendable {
            /// `revision` and `value` of the entry, nil when there was none.
            case found(StoreEntry?, position: UInt64)
            case done(succeeded: Bool, changed: Bool, position: UInt64)
            /// Nothing was done.
            case refused
            /// It may have happened or not.
            case unknown
        }

        public let action: Action
        public let answer: Answer
        /// Ticks of one clock for all clients: when it was asked, and when it was answered.
        public let start: UInt64
        public let end: UInt64

        public init(_ action: Action, _ answer: Answer, start: UInt64, end: UInt64) {
            self.action = action
            self.answer = answer
            self.start = start
            self.end = end
        }
    }

    public var operations: [Operation]
    /// The store's revision before the first operation. Nothing was in it.
    public let base: UInt64
    /// Everything that a watch heard from there on.
    public var log: [StoreChangeSet]

    public init(operations: [Operation], base: UInt64, log: [StoreChangeSet]) {
        self.operations = operations
        self.base = base
        self.log = log
    }
}

/// Why a history cannot have happened in a store that does one thing after the other.
public struct LinearizabilityViolation: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The log has a gap, or a change that does not begin where the one before it ended.
        case brokenLog
        /// An operation was answered before another was asked, and yet comes after it.
        case order
        /// A read found something else than the last write before it.
        case read
        /// A guard was judged wrongly, or the changes are not those of the transaction.
        case transaction
        /// A write that was acknowledged is not in the log, two are the same one, or nobody asked for one that is.
        case attribution
    }

    public let kind: Kind
    public let description: String
}
