/// Why the store did not do what was asked. The set of codes is closed: a service translates it in one table.
public struct KeyValueError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, CaseIterable {
        /// The entry is not as the condition asks; `current` is how it is.
        case preconditionFailed
        /// The log no longer reaches back to the position that was asked for.
        case compacted
        /// The position is of another epoch, or ahead of this store: what was read before does not count any more.
        case epochChanged
        /// The lease ran out, was revoked, or never was.
        case leaseNotFound
        /// A limit of `KeyValueLimits` is exceeded; the message names it.
        case tooLarge
        /// Nothing was done; it may work later.
        case unavailable
        /// It may have happened or not; the caller must read to know.
        case indeterminate
        /// No room: a quota is used up, or the disk is full. Nothing was done.
        case quota
        /// The caller may not do this.
        case denied
        /// A field is not well-formed; the message names it, its value and what is allowed.
        case invalid
        /// The entry holds another type than the operation works on.
        case wrongType
        /// The result does not fit into 64 bits. Nothing was done.
        case overflow
    }

    public let code: Code
    public let message: String
    /// `preconditionFailed` only: the entry as it is, or nil when there is none.
    public let current: StoreEntry?

    public init(_ code: Code, _ message: String, current: StoreEntry? = nil) {
        self.code = code
        self.message = message
        self.current = current
    }

    public var description: String { "\(code): \(message)" }

    static func invalid(field: String, value: String, allowed: String) -> KeyValueError {
        KeyValueError(.invalid, "\(field) \(Excerpt(value)) is not allowed: it must be \(allowed)")
    }
}
