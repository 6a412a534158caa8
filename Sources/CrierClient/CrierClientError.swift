/// What the SDK throws: a code for programs, a message for people, and what it came from.
public struct CrierClientError: Error, Sendable {
    /// What kind of failure it is; `switch` on this.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The caller or the gateway gave a value that is not allowed; the message names field, value and limit.
        case invalidArgument
        /// The gateway does not know the file, client or upload.
        case notFound
        /// The file is another one than was asked for, or the upload stands elsewhere (FAILED_PRECONDITION).
        case changed
        /// The offset lies behind the end.
        case outOfRange
        /// The gateway has no room or too much to do (RESOURCE_EXHAUSTED).
        case busy
        /// The gateway cannot be reached, or the connection broke.
        case unavailable
        /// A deadline passed.
        case deadlineExceeded
        /// The calling task was cancelled.
        case cancelled
        /// UNAUTHENTICATED or PERMISSION_DENIED.
        case notPermitted
        /// Bytes are not what their checksum says.
        case dataLoss
        /// A stream ended before its end, or was silent for too long.
        case truncated
        /// The peer said something that the protocol does not allow.
        case protocolViolation
        /// No room on this machine's disk (ENOSPC, EDQUOT).
        case noSpace
        /// Any other failure of this machine's disk.
        case io
        /// Another process writes the same file.
        case locked
        /// This session was replaced for good; do not come back.
        case superseded
        /// The gateway does not offer this (UNIMPLEMENTED).
        case unsupported
        /// The peer failed in a way that has no better word.
        case internalError
    }

    public var code: Code
    public var message: String
    /// What it came from, when something else failed first.
    public var cause: (any Error)?
    /// How long the gateway asked to wait before the next attempt.
    public var retryAfter: Duration?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.retryAfter = retryAfter
    }
}

extension CrierClientError: CustomStringConvertible {
    public var description: String { message.isEmpty ? code.rawValue : message }
}
