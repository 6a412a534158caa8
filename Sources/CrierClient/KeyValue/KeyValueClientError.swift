import CrierGRPC

/// Why the shared state did not do what was asked: a code of a closed set for programs, a message for people.
public struct KeyValueClientError: Error, Sendable {
    /// What kind of failure it is; `switch` on this. Nothing was done in every case but `indeterminate`.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The entry is not as the condition asks; `currentRevision` says which one is there.
        case preconditionFailed
        /// The gateway's log no longer reaches back to the revision that was asked for.
        case compacted
        /// The position is of another epoch: the store was restored, read again.
        case epochChanged
        /// The lease ran out, was revoked, or never was.
        case leaseNotFound
        /// Larger than a limit; the message names it.
        case tooLarge
        /// The gateway cannot be reached, has too much to do, or did not answer a read in time.
        case unavailable
        /// The write may have happened or not: its answer was lost. Read to know.
        case indeterminate
        /// No room: a quota is used up, or the gateway's disk is full.
        case quota
        /// The caller may not do this.
        case denied
        /// A field is not well-formed; the message names it, its value and what is allowed.
        case invalid
        /// The entry holds another type than was asked for.
        case wrongType
        /// The result does not fit into 64 bits.
        case overflow
        /// There is no such thing, such as a revision that never was.
        case notFound
        /// What was waited for did not come in time.
        case timedOut
        /// The lock's lease may have run out while the body ran.
        case lockLost
        /// The calling task was cancelled before anything was asked.
        case cancelled
        /// The gateway does not offer this.
        case unsupported
        /// The gateway failed in a way that has no better word, or said something that the contract does not allow.
        case internalError
    }

    public var code: Code
    public var message: String
    /// `preconditionFailed` only: the revision of the entry as it is; nil: there is none, or the gateway did not say.
    public var currentRevision: UInt64?
    /// What it came from, when something else failed first.
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, currentRevision: UInt64? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.currentRevision = currentRevision
        self.cause = cause
    }
}

extension KeyValueClientError: CustomStringConvertible {
    public var description: String { message.isEmpty ? code.rawValue : "\(code.rawValue): \(message)" }
}
