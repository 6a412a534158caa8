public import CrierCore
public import CrierGRPC
import CrierMessages

/// `crier.v1.NodeService`: what operators ask of nodes, on any node's public door.
public struct NodeService: Sendable {
    private let life: NodeLife
    private let others: PeerCalls?
    private let policy: any AccessPolicy

    /// - Parameters:
    ///   - others: passes on what is meant for another node; nil: there is none.
    ///   - policy: who may operate.
    public init(life: NodeLife, others: PeerCalls?, policy: any AccessPolicy) {
        self.life = life
        self.others = others
        self.policy = policy
    }

    /// Adds the service's method to the table.
    public func add(to methods: inout MethodTable) {
        methods.addAsync("Drain", service: "crier.v1.NodeService") { call in
            try permit(call)
            let request = try await call.request(DrainRequest.self)
            guard !request.nodeID.isEmpty, request.nodeID != life.node.rawValue else {
                return try await DrainCall(life).answer(call, request)
            }
            let node = try NodeID(asked: request.nodeID)
            guard let others else {
                throw GRPCStatus(.notFound, "node_id \(node) is not here: this gateway, \(life.node), is alone")
            }
            try await others.relay("Drain", FramedMessage(request), to: node) { answer in
                try await call.send(FramedMessage(copying: answer))
            }
        }
    }

    private func permit(_ call: AsyncCall) throws(GRPCStatus) {
        guard !policy.allows(.operate, on: nil, by: Caller(call.context)) else { return }
        throw GRPCStatus(.permissionDenied, "\(call.context.peerAddress) may not operate this gateway")
    }
}

extension NodeID {
    /// Throws INVALID_ARGUMENT when it is no name of a node.
    init(asked text: String) throws(GRPCStatus) {
        do throws(GatewayError) {
            self = try NodeID(validating: text)
        } catch {
            throw GRPCStatus(error)
        }
    }
}
