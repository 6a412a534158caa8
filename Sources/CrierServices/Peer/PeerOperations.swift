public import CrierCore
public import CrierGRPC
import CrierMessages

/// The methods of `crier.v1.PeerService` through which other nodes pass on what operators ask. On the peer door only,
/// and behind its secret.
public struct PeerOperations: Sendable {
    private let gateway: Gateway
    private let life: NodeLife

    public init(gateway: Gateway, life: NodeLife) {
        self.gateway = gateway
        self.life = life
    }

    /// Adds the methods to the table of the peer door.
    public func add(to methods: inout MethodTable) {
        methods.addAsync("ListClients", service: PeerService.name) { [gateway] call in
            try await ListClients(gateway: gateway, others: nil).answer(call)
        }
        methods.addAsync("GetRefusedPushes", service: PeerService.name) { [gateway] call in
            try await GetRefusedPushes(gateway: gateway, others: nil).answer(call)
        }
        methods.addAsync("Drain", service: PeerService.name) { [life] call in
            try await DrainCall(life).answer(call, try await call.request(DrainRequest.self))
        }
    }
}
