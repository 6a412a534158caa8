import NIOCore

/// A push that came to this node and, as far as anybody knows, not to its client.
public struct RefusedPush: Sendable, Equatable {
    public var client: ClientID
    /// When its caller was told; milliseconds since 1970.
    public var at: Int64
    /// One of those that are refusals.
    public var outcome: PushResult.Outcome
    public var message: MessageID
    /// Why, as its caller was told; what is longer than 512 bytes is cut.
    public var detail: String

    init(_ result: PushResult, for client: ClientID, at: Int64) {
        self.client = client
        self.at = at
        outcome = result.outcome
        message = result.message
        let words = result.detail
        // An end within a character is moved to its beginning.
        let end = words.utf8.index(words.startIndex, offsetBy: Limits.refusalDetailBytes, limitedBy: words.endIndex)
        detail = end.map { String(words[..<$0]) } ?? words
    }
}

extension PushResult.Outcome {
    /// The push is not known to have reached its client.
    var isRefusal: Bool {
        switch self {
        case .notConnected, .congested, .unreachable, .unknown: true
        case .written, .received, .applied, .rejected: false
        }
    }
}

extension Gateway {
    /// The last push for the client that was refused on this node; nil: there was none, or it is forgotten.
    public func lastRefusedPush(for client: ClientID) async -> RefusedPush? {
        var last: RefusedPush?
        for loop in loops {
            // A loop that is shut down remembers nothing any more.
            let remembered = try? await loop.eventLoop.submit { loop.refusedPushes.last(for: client) }.get()
            if let remembered, remembered.at >= last?.at ?? .min { last = remembered }
        }
        return last
    }
}
