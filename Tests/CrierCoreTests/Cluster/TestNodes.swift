import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CrierCore

/// Nodes of a cluster in one process that share a store in memory.
enum TestNodes {
    static func with(_ count: Int, _ body: ([TestNode]) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let store = MemoryKeyValueStore()
        let nodes = try (1...count).map { try TestNode("n\($0)", store, group) }
        let result: Result<Void, any Error> = await withTaskGroup(of: Void.self) { tasks in
            for node in nodes { tasks.addTask { await node.registry.run() } }
            defer { tasks.cancelAll() }
            do {
                for node in nodes { try await node.registry.ready() }
                return .success(try await body(nodes))
            } catch {
                return .failure(error)
            }
        }
        for node in nodes { try await node.close() }
        store.close()
        try await group.shutdownGracefully()
        try result.get()
    }
}

/// One node: a gateway whose sessions its registry tells to the others.
final class TestNode: Sendable {
    /// What a client's stream got. On the session's loop, read by the test.
    final class Stream: Outlet {
        struct Got {
            var redirects: [Redirect] = []
            var end: SessionEnd?
        }

        private let encoder: TestEncoder
        let got = Mutex(Got())
        let stalledSince: NIODeadline? = nil
        let queuedBytes = 0
        let peerAddress = "192.0.2.1:1"

        init(_ encoder: TestEncoder) { self.encoder = encoder }

        func deliver(_ message: EncodedMessage) -> OutletAnswer {
            if case .redirect(let redirect) = encoder.message(ByteBuffer(bytes: message.bytes)).content {
                got.withLock { $0.redirects.append(redirect) }
            }
            return .accepted
        }

        func end(_ reason: SessionEnd) { got.withLock { $0.end = reason } }
    }

    /// A client's session, and what came of it.
    struct Connected: Sendable {
        let client: ClientID
        let generation: Generation
        fileprivate let handle: NIOLoopBound<SessionHandle>
        fileprivate let stream: NIOLoopBound<Stream>
        let outlet: Outcome
    }

    /// The stream's words, readable from any thread.
    struct Outcome: Sendable {
        fileprivate let read: @Sendable () -> Stream.Got

        func withLock<Value>(_ body: (Stream.Got) -> Value) -> Value { body(read()) }
    }

    let store: MemoryKeyValueStore
    let registry: ClusterRegistry
    let gateway: Gateway
    let observer = TestObserver()
    private let encoder = TestEncoder()
    private let loop: any EventLoop

    init(_ name: String, _ store: MemoryKeyValueStore, _ group: MultiThreadedEventLoopGroup) throws {
        self.store = store
        loop = group.next()
        let id = try NodeID(validating: name)
        let node = ClusterNode(
            id: id, incarnation: Incarnation(rawValue: .random(in: 0 ... .max)), peerAddress: "192.0.2.1:6566",
            clientAddress: "\(name).example:6565")
        registry = ClusterRegistry(node: node, store: store, eventLoop: group.next())
        gateway = Gateway(
            node: id,
            eventLoops: [loop],
            encoder: encoder,
            generations: registry.generations,
            environment: GatewayEnvironment(wallClock: { 1_700_000_000_000 }),
            clusterRegistry: registry,
            presence: observer,
            fileStatus: observer
        )
    }

    func connect(_ id: String, instance: String = "", attempt: UInt64 = 0) async throws -> Connected {
        let registration = try Registration(
            client: try ClientID(validating: id), instance: try InstanceID(validating: instance), attempt: attempt)
        let (gateway, loop, encoder) = (gateway, loop, encoder)
        return
            try await loop.submit {
                let stream = Stream(encoder)
                let handle = try gateway.attach(registration, outlet: stream, on: loop)
                let bound = NIOLoopBound(stream, eventLoop: loop)
                return Connected(
                    client: registration.client,
                    generation: handle.generation,
                    handle: NIOLoopBound(handle, eventLoop: loop),
                    stream: bound,
                    outlet: Outcome { [got = Shared(stream)] in got.read() }
                )
            }
            .get()
    }

    func disconnect(_ connected: Connected) async {
        try? await loop.submit { connected.handle.value.detach() }.get()
    }

    /// The route that this node has, once it is as `isRight` says.
    func route(to client: ClientID, _ isRight: (RemoteRoute?) -> Bool) async throws -> RemoteRoute? {
        let route = try await eventually {
            registry.route(to: client)
        } until: {
            isRight($0)
        }
        // What the registry does about it is done when its loop is through with the news.
        try await registry.eventLoop.submit {}.get()
        return route
    }

    /// How the session ended, once it has.
    func end(of connected: Connected) async throws -> SessionEnd? {
        try await eventually {
            connected.outlet.withLock { $0.end }
        } until: {
            $0 != nil
        }
    }

    @discardableResult
    func eventually<Value>(_ read: () -> Value, until isRight: (Value) -> Bool) async throws -> Value {
        // Nothing here depends on time but the answer to a broken promise.
        let end = NIODeadline.now() + .seconds(60)
        while NIODeadline.now() < end {
            let value = read()
            if isRight(value) { return value }
            try await loop.submit {}.get()
            await Task.yield()
        }
        Issue.record("it did not come to that within 60 s")
        return read()
    }

    func close() async throws {
        try await loop.submit { [gateway] in
            for session in gateway.context.registry.sessions { session.home.end(session, .drained) }
        }
        .get()
    }
}

/// Reads a stream's words from any thread: they are behind its lock.
private struct Shared: Sendable {
    // Only `got`, a lock, is touched through this.
    nonisolated(unsafe) private let stream: TestNode.Stream

    init(_ stream: TestNode.Stream) { self.stream = stream }

    func read() -> TestNode.Stream.Got { stream.got.withLock { $0 } }
}
