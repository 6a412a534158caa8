public import NIOCore

/// Why the gateway refused something. The services translate `code` in one table.
public struct GatewayError: Error, Sendable, Equatable {
    /// The closed set of refusals.
    public enum Code: Sendable, Equatable, CaseIterable {
        /// The request itself is wrong, whatever the state of the gateway.
        case invalidArgument
        /// The request is right, but not now, not here, or not in this order.
        case failedPrecondition
        /// A newer attempt of the same caller has won.
        case aborted
        /// What is named does not exist.
        case notFound
        /// A limit is reached; `retryAfter` may say when to come back.
        case resourceExhausted
        /// The gateway is leaving or cannot reach what it needs; another node, or a later moment, may do.
        case unavailable
        /// A part of the contract that this version does not have yet.
        case unimplemented
    }

    public var code: Code

    /// The field of the request that is at fault, as the contract spells it; empty when none is.
    public var field: String

    /// A sentence for the caller: the field, its value, and what is allowed.
    public var message: String

    /// When to come back, if the refusal is a matter of time.
    public var retryAfter: TimeAmount?

    public init(_ code: Code, field: String = "", _ message: String, retryAfter: TimeAmount? = nil) {
        self.code = code
        self.field = field
        self.message = message
        self.retryAfter = retryAfter
    }
}

extension GatewayError: CustomStringConvertible {
    public var description: String { field.isEmpty ? "\(code): \(message)" : "\(code) [\(field)]: \(message)" }
}

extension GatewayError {
    /// Refuses `text` unless it has at most `limit` bytes of UTF-8.
    static func check(_ field: String, _ text: String, atMost limit: Int) throws(GatewayError) {
        let count = text.utf8.count
        guard count > limit else { return }
        throw GatewayError(.invalidArgument, field: field, "\(field) has \(count) bytes; at most \(limit) are allowed")
    }
}
