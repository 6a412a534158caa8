import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CrierCore

/// Real loops, many publishers, clients that keep moving from loop to loop.
@Suite struct OrderTests {
    /// What one client got, over all its sessions. Written on several loops.
    private final class Receiver: Sendable {
        /// Per session in the order of generations: (publisher, number) as they were delivered.
        let sessions = Mutex<[UInt64: [(publisher: Int, number: Int)]]>([:])
    }

    private final class ReceivingOutlet: Outlet {
        private let receiver: Receiver
        private let encoder: NumberEncoder
        private var generation: UInt64 = 0
        var stalledSince: NIODeadline? { nil }
        var queuedBytes: Int { 0 }
        var peerAddress: String { "" }

        init(_ receiver: Receiver, _ encoder: NumberEncoder) {
            self.receiver = receiver
            self.encoder = encoder
        }

        func deliver(_ message: EncodedMessage) -> OutletAnswer {
            var bytes = ByteBuffer(bytes: message.bytes)
            switch bytes.readInteger(as: UInt8.self) {
            case 1:
                generation = bytes.readInteger() ?? 0
            case 2:
                let publisher: Int = bytes.readInteger() ?? -1
                let number: Int = bytes.readInteger() ?? -1
                receiver.sessions.withLock { $0[generation, default: []].append((publisher, number)) }
            default: break
            }
            return .accepted
        }

        func end(_ reason: SessionEnd) {}
    }

    private struct NumberEncoder: MessageEncoder {
        func encode(_ message: Message, _ body: (EncodedMessage) -> Void) {
            var buffer = ByteBuffer()
            switch message.content {
            case .welcome(let welcome): buffer.writeMultipleIntegers(UInt8(1), welcome.generation.rawValue)
            case .event(let publisher, let number):
                buffer.writeMultipleIntegers(UInt8(2), Int(publisher) ?? -1, Int(number) ?? -1)
            default: buffer.writeInteger(UInt8(0))
            }
            buffer.withUnsafeReadableBytes { body(EncodedMessage($0)) }
        }
    }

    /// A publisher: pushes its numbers to all clients in turn, in bursts, on its loop, as one connection would.
    private final class Publisher: PushCaller, Sendable {
        let number: Int
        let written = Mutex<[Int: Set<Int>]>([:])
        let answers = Atomic<Int>(0)

        init(_ number: Int) { self.number = number }

        func pushed(_ result: PushResult, tag: UInt64) {
            answers.add(1, ordering: .relaxed)
            guard result.outcome == .written else { return }
            let (client, number) = (Int(tag >> 32), Int(tag & 0xFFFF_FFFF))
            written.withLock { _ = $0[client, default: []].insert(number) }
        }
    }

    @Test("One publisher's pushes to one client are never lost when WRITTEN, and never reordered, while clients move")
    func neverReordered() async throws {
        let (clientCount, publisherCount, pushes, moves) = (8, 6, 3_000, 150)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let loops = Array(group.makeIterator())
        let encoder = NumberEncoder()
        let gateway = Gateway(
            node: try NodeID(validating: "n"),
            eventLoops: loops,
            encoder: encoder,
            generations: BootGenerations(bootNumber: 1),
            environment: GatewayEnvironment(wallClock: { 0 })
        )
        let receivers = (0..<clientCount).map { _ in Receiver() }
        let ids = try (0..<clientCount).map { try ClientID(validating: "client-\($0)") }
        let publishers = (0..<publisherCount).map { Publisher($0) }

        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for publisher in publishers {
                let loop = loops[publisher.number % loops.count]
                tasks.addTask {
                    for start in stride(from: 0, to: pushes, by: 20) {
                        try await loop.submit {
                            for number in start..<(start + 20) {
                                for client in 0..<clientCount {
                                    let content = Message.Content.event(
                                        type: "\(publisher.number)", details: "\(number)")
                                    let request = PushRequest(client: ids[client], content: content)
                                    let tag = UInt64(client) << 32 | UInt64(number)
                                    try gateway.push(request, on: loop, caller: publisher, tag: tag)
                                }
                            }
                        }
                        .get()
                    }
                }
            }
            for client in 0..<clientCount {
                tasks.addTask {
                    for move in 0..<moves {
                        let loop = loops[(client + move) % loops.count]
                        let registration = try Registration(client: ids[client])
                        let detaches = move % 5 == 4
                        try await loop.submit {
                            let outlet = ReceivingOutlet(receivers[client], encoder)
                            let handle = try gateway.attach(registration, outlet: outlet, on: loop)
                            if detaches { handle.detach() }
                        }
                        .get()
                    }
                }
            }
            try await tasks.waitForAll()
        }
        try await allAnswered(publishers, loops, pushes * clientCount)

        for (client, receiver) in receivers.enumerated() {
            let sessions = receiver.sessions.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
            for publisher in publishers {
                let got = sessions.flatMap { $0 }.filter { $0.publisher == publisher.number }.map(\.number)
                #expect(zip(got, got.dropFirst()).allSatisfy { $0 < $1 }, "reordered or repeated over the sessions")
                #expect(Set(got) == publisher.written.withLock { $0[client] ?? [] }, "WRITTEN is what arrived")
            }
        }
        try await gateway.drain(over: .zero)
        try await group.shutdownGracefully()
    }

    /// Each round trip over all loops takes what lies in the inboxes one step further.
    private func allAnswered(_ publishers: [Publisher], _ loops: [any EventLoop], _ count: Int) async throws {
        for _ in 0..<100 where !publishers.allSatisfy({ $0.answers.load(ordering: .relaxed) == count }) {
            for loop in loops { try await loop.submit {}.get() }
        }
        #expect(publishers.allSatisfy { $0.answers.load(ordering: .relaxed) == count }, "each push is answered once")
    }
}
