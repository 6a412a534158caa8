import ArgumentParser
import CrierClient
import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix

/// What `crier bench kv` measures: the gateway over gRPC or REST, or a peer by its own protocol.
enum BenchTarget: ExpressibleByArgument, Sendable {
    case gateway
    case rest(HostPort)
    case etcd(HostPort)
    case redis(HostPort)

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        if parts == ["gateway"] {
            self = .gateway
            return
        }
        guard parts.count == 2, let address = HostPort(parts[1]) else { return nil }
        switch parts[0] {
        case "rest": self = .rest(address)
        case "etcd": self = .etcd(address)
        case "redis": self = .redis(address)
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .gateway: "gateway, gRPC"
        case .rest: "gateway, REST"
        case .etcd: "etcd"
        case .redis: "redis"
        }
    }

    /// A connection of its own.
    func connect(_ gateway: GatewayConfiguration) async throws -> any BenchStore {
        switch self {
        case .gateway: GRPCBenchStore(try channel(gateway), CrierDialect())
        case .etcd(let address): GRPCBenchStore(try channel(GatewayConfiguration(targets: [address])), EtcdDialect())
        case .rest(let address): try await TextBenchStore.connect(address, RESTDialect(host: "\(address)"))
        case .redis(let address): try await TextBenchStore.connect(address, RedisDialect())
        }
    }

    private func channel(_ gateway: GatewayConfiguration) throws -> GRPCChannel {
        GRPCChannel(
            targets: gateway.targets,
            configuration: try gateway.channelConfiguration(),
            group: .singletonMultiThreadedEventLoopGroup
        )
    }
}

/// One connection to a store under test; one request at a time.
protocol BenchStore: Sendable {
    func put(_ key: String, _ value: String) async throws
    func get(_ key: String) async throws
    /// Calls `body` with the bytes of everything that the store tells of changes, until the task is cancelled.
    /// - Parameter ready: Called when the watch has begun.
    func watch(_ prefix: String, ready: @Sendable () -> Void, _ body: @Sendable (ByteBuffer) -> Void) async throws
    func close() async
}

/// The namespace, and what keys begin with, of everything that a benchmark writes.
enum BenchKeys {
    static let namespace = "bench"

    static func key(_ index: Int) -> String { "cfg/key\(index)" }
}

/// What a request is in a store's dialect of gRPC.
protocol GRPCDialect: Sendable {
    var putMethod: String { get }
    var getMethod: String { get }
    var watchMethod: String { get }
    func put(_ key: String, _ value: String) -> FramedMessage
    func get(_ key: String) -> FramedMessage
    func watch(_ prefix: String) -> FramedMessage
}

/// A store that speaks gRPC.
struct GRPCBenchStore: BenchStore {
    private let channel: GRPCChannel
    private let dialect: any GRPCDialect

    init(_ channel: GRPCChannel, _ dialect: any GRPCDialect) {
        (self.channel, self.dialect) = (channel, dialect)
    }

    func put(_ key: String, _ value: String) async throws {
        _ = try await channel.unary(dialect.putMethod, dialect.put(key, value))
    }

    func get(_ key: String) async throws {
        _ = try await channel.unary(dialect.getMethod, dialect.get(key))
    }

    func watch(_ prefix: String, ready: @Sendable () -> Void, _ body: @Sendable (ByteBuffer) -> Void) async throws {
        let stream = channel.open(dialect.watchMethod)
        try await stream.send(dialect.watch(prefix))
        // Both tell first that the watch has begun.
        guard try await stream.next() != nil else { throw CrierClientError(.unavailable, "the watch ended") }
        ready()
        while let message = try await stream.next() { body(message) }
    }

    func close() async { await channel.shutdown() }
}

/// The gateway's own.
struct CrierDialect: GRPCDialect {
    let putMethod = "crier.v1.KeyValueService/Put"
    let getMethod = "crier.v1.KeyValueService/Get"
    let watchMethod = "crier.v1.KeyValueService/Watch"

    func put(_ key: String, _ value: String) -> FramedMessage {
        frame(PutRequest(namespace: BenchKeys.namespace, key: key, value: Value(kind: .stringValue(value))))
    }

    func get(_ key: String) -> FramedMessage { frame(GetRequest(namespace: BenchKeys.namespace, key: key)) }

    func watch(_ prefix: String) -> FramedMessage {
        frame(WatchRequest(namespace: BenchKeys.namespace, prefix: prefix))
    }

    private func frame(_ message: some WireMessage) -> FramedMessage {
        message.pack { FramedMessage(payloadSize: $0, write: $1) }
    }
}

/// etcd's (api/etcdserverpb/rpc.proto): PutRequest{1 key, 2 value}, RangeRequest{1 key},
/// WatchRequest{1 create_request{1 key, 2 range_end}}.
struct EtcdDialect: GRPCDialect {
    let putMethod = "etcdserverpb.KV/Put"
    let getMethod = "etcdserverpb.KV/Range"
    let watchMethod = "etcdserverpb.Watch/Watch"

    func put(_ key: String, _ value: String) -> FramedMessage {
        frame(field(1, Array(key.utf8)) + field(2, Array(value.utf8)))
    }

    func get(_ key: String) -> FramedMessage { frame(field(1, Array(key.utf8))) }

    /// Up to the first key that no longer begins with the prefix, whose last byte is never 255 here.
    func watch(_ prefix: String) -> FramedMessage {
        var end = Array(prefix.utf8)
        if let last = end.popLast() { end.append(last + 1) }
        return frame(field(1, field(1, Array(prefix.utf8)) + field(2, end)))
    }

    private func frame(_ bytes: [UInt8]) -> FramedMessage {
        FramedMessage(payloadSize: bytes.count) { target in
            bytes.withUnsafeBytes {
                target.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(target), byteCount: $0.count)
            }
        }
    }

    /// A length-delimited field (protobuf's wire type 2).
    private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes = [number << 3 | 2]
        var length = content.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        return bytes + [UInt8(length)] + content
    }
}
