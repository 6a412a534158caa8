public import CrierMessages

/// Tells clients things, through any node.
public final class Pusher: Sendable {
    private let link: GatewayLink

    public init(_ link: GatewayLink) {
        self.link = link
    }

    /// One message for one client.
    /// - Parameter timeout: Also tells the gateway how long an answer is of use.
    /// - Returns: What became of it. That the client is away is an answer, with `success` false, not an error.
    /// - Throws: `.invalidArgument` naming the field, `.notFound` for an unknown file, `.unsupported`, `.unavailable`,
    ///   `.deadlineExceeded`.
    public func push(
        _ request: PushRequest,
        timeout: Duration = .seconds(30)
    ) async throws(CrierClientError) -> PushResponse {
        try await link.call(Methods.pushToClient, request, timeout: timeout)
    }

    /// Many messages over one call, without waiting for one answer before the next message.
    public func pipeline() -> PushPipeline {
        PushPipeline(link.open(Methods.pushStream))
    }

    /// The clients that are connected to any node of the cluster, one at a time, in the order of their ids.
    /// - Parameters:
    ///   - prefix: Only ids that begin with it.
    ///   - node: Only those of that node.
    /// - Throws: `.notFound` when there is no such node. After the last one `.unavailable`, when nodes could not be
    ///   asked.
    public func clients(
        prefix: String = "",
        labels: [Label] = [],
        node: String? = nil
    ) async throws(CrierClientError) -> Answers<ClientInfo> {
        let request = ListClientsRequest(
            clientIDPrefix: prefix, labels: labels, allNodes: node == nil, nodeID: node ?? "")
        return Answers(try await link.open(Methods.listClients, request))
    }

    /// The last push for the client that came no further than the node that it was made on: of each node that remembers
    /// one, newest first. A node remembers the last ones only, until it is restarted.
    /// - Throws: `.invalidArgument` for what is no client id, `.unsupported` from a gateway of an older version. After
    ///   the last one `.unavailable`, when nodes could not be asked.
    public func refusedPushes(for client: String) async throws(CrierClientError) -> Answers<RefusedPush> {
        let request = RefusedPushesRequest(clientID: client, allNodes: true)
        return Answers(try await link.open(Methods.getRefusedPushes, request))
    }
}

/// One `PushStream`: one task sends, another reads the answers. They carry the `tag` of their request and may come in
/// another order. Who does not read the answers is stopped from sending: nothing piles up.
public final class PushPipeline: Sendable {
    private let stream: MessageStream<PushRequest, PushResponse>

    init(_ stream: MessageStream<PushRequest, PushResponse>) {
        self.stream = stream
    }

    /// Returns when the request is on its way; waits while the gateway does not read.
    /// - Throws: Why the call ended, if it has.
    public func send(_ request: PushRequest) async throws(CrierClientError) {
        try await stream.send(request)
    }

    /// Several at once, in order: what a backend has together costs less together.
    /// - Throws: Why the call ended, if it has.
    public func send(contentsOf requests: [PushRequest]) async throws(CrierClientError) {
        try await stream.send(contentsOf: requests)
    }

    /// No more requests; the answers to those before still come.
    public func finish() { stream.finishSending() }

    /// The next answer; nil after the last. A wrong request has an answer of its own (`.invalid`) and ends nothing.
    public func next() async throws(CrierClientError) -> PushResponse? { try await stream.next() }

    /// Ends the call now. Requests without an answer may or may not have been carried out.
    public func cancel() { stream.cancel() }
}
