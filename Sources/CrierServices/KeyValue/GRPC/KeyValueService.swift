public import CrierCore
public import CrierGRPC
import CrierMessages
public import NIOCore

/// `crier.v1.KeyValueService`: the door to the shared state for programs.
///
/// Reads and writes of single keys and transactions run as callbacks on the connection's loop; so do watches, which
/// cost no task while nothing happens. What is rare is in async form.
public struct KeyValueService: Sendable {
    static let name = "crier.v1.KeyValueService"
    /// Beside it the bare name, as for the services of the first published contract.
    static let bareName = "KeyValueService"

    private let context: KeyValueContext

    /// - Parameters:
    ///   - eventLoops: those that the server's sockets run on.
    ///   - watchStall: how long a watcher may leave unread what was sent to it; nil: 60 s.
    ///   - servesNodes: whoever gets here is a gateway of the same cluster, which was proven before: it may do what the
    ///     gateway itself may, reserved namespaces included.
    public init(
        access: KeyValueAccess,
        eventLoops: [any EventLoop],
        watchStall: TimeAmount? = nil,
        servesNodes: Bool = false
    ) {
        context = KeyValueContext(
            access: access, eventLoops: eventLoops, watchStall: watchStall ?? KeyValueServiceLimits.watchStall,
            servesNodes: servesNodes
        )
    }

    /// Adds the service's methods to the table.
    public func add(to methods: inout MethodTable) {
        add("Get", to: &methods) { [context] call in GetCall(call, context) }
        add("Put", to: &methods) { [context] call in WriteCall(call, context, .put) }
        add("Delete", to: &methods) { [context] call in WriteCall(call, context, .delete) }
        add("Increment", to: &methods) { [context] call in WriteCall(call, context, .increment) }
        add("Transact", to: &methods) { [context] call in WriteCall(call, context, .transact) }
        add("Watch", to: &methods) { [context] call in WatchCall(call, context) }
        addAsync("List", to: &methods) { try await $0.list() }
        addAsync("History", to: &methods) { try await $0.history() }
        addAsync("Stats", to: &methods) { try await $0.statistics() }
        addAsync("ListNamespaces", to: &methods) { try await $0.namespaces() }
        addAsync("GrantLease", to: &methods) { try await $0.grantLease() }
        addAsync("RenewLease", to: &methods) { try await $0.renewLease() }
        addAsync("RevokeLease", to: &methods) { try await $0.revokeLease() }
        addAsync("Backup", to: &methods) { try await $0.backup() }
    }

    private func add(_ method: String, to methods: inout MethodTable, start: @escaping MethodTable.Start) {
        methods.add(method, service: Self.name, bareName: Self.bareName, start: start)
    }

    /// A method in async form whose refusals have a place in the table.
    private func addAsync(
        _ method: String,
        to methods: inout MethodTable,
        body: @escaping @Sendable (KeyValueQuery) async throws -> Void
    ) {
        methods.addAsync(method, service: Self.name, bareName: Self.bareName) { [context] call in
            do {
                let store = context.store(for: Caller(call.context))
                try await body(KeyValueQuery(call, store, pageBytes: context.pageBytes))
            } catch {
                throw GRPCStatus(keyValue: error)
            }
        }
    }
}

/// What the calls share.
final class KeyValueContext: Sendable {
    private let access: KeyValueAccess
    private let loops: [LoopAnswers]
    /// The callers are gateways of the cluster, which speak the port's own language.
    let servesNodes: Bool
    /// How long a watcher may leave unread what was sent to it.
    let watchStall: TimeAmount

    init(access: KeyValueAccess, eventLoops: [any EventLoop], watchStall: TimeAmount, servesNodes: Bool) {
        self.access = access
        self.servesNodes = servesNodes
        self.watchStall = watchStall
        loops = eventLoops.map { LoopAnswers($0) }
    }

    /// Of the entries in one answer of a list. Nodes take the store's pages whole.
    var pageBytes: Int { servesNodes ? .max : KeyValueServiceLimits.pageBytes }

    func store(for caller: Caller) -> CallerStore {
        access.store(for: servesNodes ? .node(at: caller.address) : caller)
    }

    /// The loops are few: looking through them is quicker than a table.
    func answers(on eventLoop: any EventLoop) -> LoopAnswers {
        for loop in loops where loop.eventLoop === eventLoop { return loop }
        preconditionFailure("the key-value service was not made with this event loop")
    }
}
