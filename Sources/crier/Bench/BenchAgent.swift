import CrierClient
import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix
import Synchronization

/// A very light agent: one connection, one stream, one task. It registers and counts; it never beats, so the gateway
/// judges it by PINGs as it does the first contract's clients.
final class BenchAgent: Sendable {
    private let channel: GRPCChannel
    private let stream: ClientStream

    private init(_ channel: GRPCChannel, _ stream: ClientStream) {
        self.channel = channel
        self.stream = stream
    }

    /// Connects, registers, and returns when it was welcomed.
    static func connect(_ id: String, _ gateway: GatewayConfiguration) async throws -> BenchAgent {
        let channel = GRPCChannel(
            targets: gateway.targets,
            configuration: try gateway.channelConfiguration(),
            group: .singletonMultiThreadedEventLoopGroup
        )
        let stream = channel.open("crier.v1.PushService/Connect")
        do {
            let register = ClientMessage(payload: .register(RegisterRequest(clientID: id, agentVersion: "crier bench")))
            try await stream.send(register.pack { FramedMessage(payloadSize: $0, write: $1) })
            guard let first = try await stream.next(), case .welcome = try Self.message(first).payload else {
                throw CrierClientError(.protocolViolation, "\(id) was not welcomed")
            }
        } catch {
            await channel.shutdown()
            throw (error as? GRPCStatus).map { CrierClientError(.unavailable, "\(id): \($0)", cause: $0) } ?? error
        }
        return BenchAgent(channel, stream)
    }

    /// Counts what comes until the task is cancelled or the stream ends.
    func receive(into tally: DeliveryTally) async {
        var expected: UInt64 = 0
        while let bytes = try? await stream.next() {
            guard case .data(let data) = try? Self.message(bytes).payload, let stamp = BenchStamp(data) else {
                continue
            }
            tally.count(stamp, expected: expected)
            expected = max(expected, stamp.number + 1)
        }
    }

    func leave() async {
        stream.cancel()
        await channel.shutdown()
    }

    private static func message(_ bytes: ByteBuffer) throws -> ServerMessage {
        try bytes.withUnsafeReadableBytes { try ServerMessage(unpacking: $0) }
    }
}

/// What every message of a benchmark begins with: its number for its client, and when it was due to be sent.
struct BenchStamp {
    static let byteCount = 16

    var number: UInt64
    /// Nanoseconds of the monotonic clock.
    var due: UInt64

    init(number: UInt64, due: UInt64) {
        self.number = number
        self.due = due
    }

    init?(_ data: [UInt8]) {
        guard data.count >= Self.byteCount else { return nil }
        let words = data.withUnsafeBytes {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        (number, due) = (UInt64(littleEndian: words.0), UInt64(littleEndian: words.1))
    }

    /// Padded to `size` bytes.
    func payload(_ size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x2E, count: max(size, Self.byteCount))
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: number.littleEndian, as: UInt64.self)
            $0.storeBytes(of: due.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        return bytes
    }
}

/// What all agents of a benchmark received.
final class DeliveryTally: Sendable {
    private struct State {
        var latency = Histogram()
        var delivered: UInt64 = 0
        var reordered: UInt64 = 0
    }

    private let state = Mutex(State())

    func count(_ stamp: BenchStamp, expected: UInt64) {
        let microseconds = (Int64(bitPattern: monotonicNanoseconds()) - Int64(bitPattern: stamp.due)) / 1000
        state.withLock { state in
            state.delivered += 1
            state.latency.record(microseconds: microseconds)
            if stamp.number < expected { state.reordered += 1 }
        }
    }

    var delivered: UInt64 { state.withLock { $0.delivered } }
    /// Came behind one that was sent later, or twice.
    var reordered: UInt64 { state.withLock { $0.reordered } }
    var latency: Histogram { state.withLock { $0.latency } }
}

/// Nanoseconds of the monotonic clock, for measuring within this machine.
func monotonicNanoseconds() -> UInt64 {
    NIODeadline.now().uptimeNanoseconds
}

/// Connects many agents, so many at a time, and lets them go again afterwards.
func withBenchAgents<Result: Sendable>(
    _ count: Int,
    concurrency: Int,
    _ gateway: GatewayConfiguration,
    _ body: ([BenchAgent], [String]) async throws -> Result
) async throws -> Result {
    let run = String(UInt32.random(in: 0 ... .max), radix: 36)
    let ids = (0..<count).map { "bench-\(run)-\($0)" }
    let agents = try await withThrowingTaskGroup(of: BenchAgent.self) { group in
        var agents: [BenchAgent] = []
        for (index, id) in ids.enumerated() {
            if index >= concurrency, let agent = try await group.next() { agents.append(agent) }
            group.addTask { try await BenchAgent.connect(id, gateway) }
        }
        for try await agent in group { agents.append(agent) }
        return agents
    }
    let result = try await body(agents, ids)
    await withTaskGroup(of: Void.self) { group in
        for agent in agents { group.addTask { await agent.leave() } }
    }
    return result
}
