import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import NIOPosix

/// The key-value service over the reference store behind a real socket on two loops, and a client's channel to it.
struct KeyValueServer {
    let store: MemoryKeyValueStore
    let channel: GRPCChannel

    static let serviceName = "crier.v1.KeyValueService"

    /// Starts one, runs `body` against it, and takes it down.
    static func run(
        policy: any AccessPolicy = LoopbackAccess(),
        store: MemoryKeyValueStore = MemoryKeyValueStore(epoch: 7),
        watchStall: TimeAmount? = nil,
        servesNodes: Bool = false,
        decorated: (@Sendable (MemoryKeyValueStore) -> any KeyValueStore)? = nil,
        _ body: (KeyValueServer) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        var methods = MethodTable()
        let access = KeyValueAccess(decorated?(store) ?? store, policy: policy)
        KeyValueService(
            access: access, eventLoops: Array(group.makeIterator()), watchStall: watchStall, servesNodes: servesNodes
        )
        .add(to: &methods)
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, configuration: .patient, group: group
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            let channel = GRPCChannel(
                targets: [HostPort(host: "127.0.0.1", port: server.localPort)],
                configuration: .patient,
                group: MultiThreadedEventLoopGroup.singleton
            )
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(KeyValueServer(store: store, channel: channel)))
            } catch {
                result = .failure(error)
            }
            await channel.shutdown()
            await server.shutdown(grace: .zero)
            tasks.cancelAll()
            try result.get()
        }
        try await group.shutdownGracefully()
    }

    /// Calls a unary method.
    func call<Response: WireMessage>(
        _ method: String, _ request: some WireMessage, as response: Response.Type = Response.self,
        service: String = serviceName
    ) async throws -> Response {
        try Response(try await channel.unary("\(service)/\(method)", request.framed))
    }

    /// How a unary method refuses; nil when it does not.
    func refusal(_ method: String, _ request: some WireMessage) async throws -> GRPCStatus? {
        do throws(GRPCStatus) {
            _ = try await channel.unary("\(Self.serviceName)/\(method)", request.framed)
            return nil
        } catch {
            return error
        }
    }

    @discardableResult
    func put(_ key: String, _ value: Int64, namespace: String = "n") async throws -> PutResponse {
        try await call(
            "Put", PutRequest(namespace: namespace, key: key, value: Value(kind: .intValue(value)))
        )
    }

    /// Opens a watch.
    func watch(_ request: WatchRequest) async throws -> Watcher {
        let stream = channel.open("\(Self.serviceName)/Watch")
        try await stream.send(request.framed)
        stream.finishSending()
        return Watcher(stream: stream)
    }
}

/// The other end of `Watch`.
struct Watcher {
    let stream: ClientStream

    /// The next message; nil when the stream ended with OK.
    func next() async throws -> WatchResponse? {
        guard let bytes = try await stream.next() else { return nil }
        return try WatchResponse(bytes)
    }

    /// The next revision, put together from its messages; positions alone are passed over.
    func revision() async throws -> WatchResponse? {
        var changes: [Change] = []
        while var response = try await next() {
            changes += response.changes
            if changes.isEmpty && !response.snapshotEnd && response.reset == .none { continue }
            if response.position == nil && response.reset == .none { continue }
            response.changes = changes
            return response
        }
        return nil
    }

    /// How the stream ends; nil for OK.
    func refusal() async throws -> GRPCStatus? {
        do throws(GRPCStatus) {
            while try await stream.next() != nil {}
            return nil
        } catch {
            return error
        }
    }
}
