public import CrierCore
public import CrierGRPC

/// `crier.v1.PushService`: the door of agents (`Connect`) and of backends that push.
public struct PushService: Sendable {
    static let name = "crier.v1.PushService"
    /// What the first published contract called it; every later gateway answers to it.
    static let bareName = "PushService"

    private let gateway: Gateway
    private let others: PeerCalls?

    /// - Parameters:
    ///   - gateway: made with `ServerMessageEncoder`, and with the loops that the server's sockets run on.
    ///   - others: asks the other nodes who is connected to them, and what they refused; nil: there are none.
    public init(gateway: Gateway, others: PeerCalls? = nil) {
        self.gateway = gateway
        self.others = others
    }

    /// Adds the service's methods to the table.
    public func add(to methods: inout MethodTable) {
        add("Connect", to: &methods) { [gateway] call in ConnectCall(call, gateway) }
        methods.addUnary("PushToClient", service: Self.name, bareName: Self.bareName) { [gateway] call, request in
            PushToClient(gateway: gateway).answer(call, request)
        }
        add("PushStream", to: &methods) { [gateway] call in PushStreamCall(call, gateway) }
        add("Publish", to: &methods) { call in UnimplementedCall(call, "Publish: publishing to many clients") }
        add("GetReceipts", to: &methods) { call in UnimplementedCall(call, "GetReceipts: receipts") }
        methods.addAsync("ListClients", service: Self.name, bareName: Self.bareName) { [gateway, others] call in
            try await ListClients(gateway: gateway, others: others).answer(call)
        }
        methods.addAsync("GetRefusedPushes", service: Self.name, bareName: Self.bareName) { [gateway, others] call in
            try await GetRefusedPushes(gateway: gateway, others: others).answer(call)
        }
    }

    private func add(_ method: String, to methods: inout MethodTable, start: @escaping MethodTable.Start) {
        methods.add(method, service: Self.name, bareName: Self.bareName, start: start)
    }
}

/// A method of the contract that this version does not have yet, and says so.
final class UnimplementedCall: ServerCallHandler {
    init(_ call: ServerCall, _ subject: String) {
        call.finish(GRPCStatus(.unimplemented, "\(subject) is not implemented by this version"))
    }

    func received(_ message: UnsafeRawBufferPointer) {}
}
