import CrierCore
import CrierGRPC
import NIOCore

/// One call to another node, on a connection of its own.
struct PeerAnswers: Sendable {
    let node: NodeID
    private let channel: GRPCChannel
    private let stream: ClientStream

    init(_ node: NodeID, _ channel: GRPCChannel, _ stream: ClientStream) {
        self.node = node
        self.channel = channel
        self.stream = stream
    }

    /// The node's next answer; nil after the last.
    /// - Throws: The call's status; UNAVAILABLE names the node.
    func next() async throws(GRPCStatus) -> ByteBuffer? {
        do throws(GRPCStatus) {
            return try await stream.next()
        } catch {
            guard error.code == .unavailable else { throw error }
            throw GRPCStatus(.unavailable, "node \(node): \(error.message)")
        }
    }

    func close() async {
        stream.cancel()
        await channel.shutdown()
    }

    /// Closes them all at once: a node that does not read keeps nobody else waiting.
    static func close(_ answers: [PeerAnswers]) async {
        await withDiscardingTaskGroup { tasks in
            for answer in answers { tasks.addTask { await answer.close() } }
        }
    }
}
