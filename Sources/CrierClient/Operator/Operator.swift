public import CrierMessages

/// What operators tell nodes, through any of them.
public final class Operator: Sendable {
    private let link: GatewayLink

    public init(_ link: GatewayLink) { self.link = link }

    /// Has a node take no more clients and send those that it has to others. Its status comes at once and with every
    /// change, until no client is left, or it takes clients again; whoever stops reading changes nothing.
    /// - Parameters:
    ///   - node: Empty: the one that is asked.
    ///   - time: Over which its clients leave; nil: the node's own drain time.
    /// - Throws: `.notFound` when there is no such node, `.notPermitted`, `.unavailable`.
    public func drain(
        _ node: String = "",
        over time: Duration? = nil
    ) async throws(CrierClientError) -> Answers<DrainStatus> {
        let milliseconds = time.map { max(1, $0.wholeMilliseconds) } ?? 0
        return try await drain(DrainRequest(nodeID: node, overMs: milliseconds))
    }

    /// Has a node take clients again. Those that were sent away are gone.
    /// - Throws: As `drain`.
    public func cancelDrain(of node: String = "") async throws(CrierClientError) -> Answers<DrainStatus> {
        try await drain(DrainRequest(nodeID: node, cancel: true))
    }

    private func drain(_ request: DrainRequest) async throws(CrierClientError) -> Answers<DrainStatus> {
        Answers(try await link.open(Methods.drain, request))
    }
}
