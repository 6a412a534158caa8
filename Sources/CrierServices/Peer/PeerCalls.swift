public import CrierCore
public import CrierGRPC
public import NIOCore

/// Calls to other nodes that are rare, an operator's: each has a connection of its own for as long as it lasts.
public struct PeerCalls: Sendable {
    private let directory: any RouteDirectory
    private let channel: ChannelConfiguration
    private let metadata: Metadata
    private let group: any EventLoopGroup

    /// - Parameters:
    ///   - channel: How to dial other nodes, TLS included; time-outs are set here.
    ///   - metadata: What proves that a node of the cluster calls.
    public init(
        directory: any RouteDirectory,
        channel: ChannelConfiguration,
        metadata: Metadata,
        group: any EventLoopGroup,
        timing: PeerTiming = PeerTiming()
    ) {
        self.directory = directory
        var channel = channel
        channel.giveUp(connect: timing.connect, idleBeforePing: timing.silence, pingTimeout: timing.answer)
        channel.streamWindow = PeerLimits.streamWindow
        channel.userAgent = "crier-peer"
        self.channel = channel
        self.metadata = metadata
        self.group = group
    }

    /// The other nodes, in the order of their names.
    var nodes: [ClusterNode] { directory.nodes.sorted { $0.id.rawValue < $1.id.rawValue } }

    /// Asks a node, and hands over each of its answers.
    ///
    /// - Parameter method: Of `PeerService`.
    /// - Throws: NOT_FOUND when there is no such node, UNAVAILABLE naming it when it cannot be reached, its own status,
    ///   and what `take` throws.
    func relay(
        _ method: String,
        _ request: FramedMessage,
        to node: NodeID,
        _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        guard let record = directory.nodes.first(where: { $0.id == node }) else { throw unknown(node) }
        let answers = try open(method, request, to: record)
        let result: Result<Void, any Error>
        do {
            while let answer = try await answers.next() { try await take(answer) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await answers.close()
        try result.get()
    }

    /// Asks a node, and does not wait, not even for the connection: several nodes can be asked at once. The answers
    /// must be closed.
    ///
    /// - Throws: UNAVAILABLE when its address cannot be read. All else is heard where the answers are read.
    func open(_ method: String, _ request: FramedMessage, to node: ClusterNode) throws(GRPCStatus) -> PeerAnswers {
        guard let address = HostPort(node.peerAddress) else {
            throw GRPCStatus(.unavailable, "node \(node.id): its peer address \(node.peerAddress) is none")
        }
        let channel = GRPCChannel(targets: [address], configuration: channel, group: group)
        let stream = channel.open("\(PeerService.name)/\(method)", options: CallOptions(metadata: metadata))
        stream.sendLast(request)
        return PeerAnswers(node.id, channel, stream)
    }

    private func unknown(_ node: NodeID) -> GRPCStatus {
        let names = nodes.map(\.id.rawValue).joined(separator: ", ")
        let others = names.isEmpty ? "there are no other nodes" : "the other nodes are \(names)"
        return GRPCStatus(.notFound, "node_id \(node) is not in the cluster; \(others)")
    }
}
