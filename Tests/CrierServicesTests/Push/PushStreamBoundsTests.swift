import CrierGRPC
import CrierMessages
import NIOCore
import Synchronization
import Testing

/// A backend is stopped, not piled up: whatever it does not wait for, the gateway holds a bounded part of.
@Suite(.timeLimit(.minutes(20))) struct PushStreamBoundsTests {
    private static let path = "crier.v1.PushService/PushStream"

    /// Counts what its task could send.
    private final class Sender: Sendable {
        let sent = Atomic<Int>(0)

        func send(_ requests: Int, _ make: @Sendable (Int) -> PushRequest, on stream: ClientStream) async throws {
            for number in 0..<requests {
                try await stream.send(frame(make(number)))
                sent.add(1, ordering: .relaxed)
            }
            stream.finishSending()
        }

        /// Returns when nothing more was sent while the same connection answered many other calls.
        func stop(on channel: GRPCChannel) async throws -> Int {
            let other = frame(PushRequest(clientID: "nobody", message: "?"))
            var last = -1
            while true {
                let now = sent.load(ordering: .relaxed)
                if now == last { return now }
                last = now
                for _ in 0..<200 { _ = try await channel.unary("crier.v1.PushService/PushToClient", other) }
            }
        }
    }

    private static let text = String(repeating: "x", count: 500)

    @Test("A backend that reads no answers is stopped, and gets every one of them once it reads")
    func answersUnread() async throws {
        try await PushServer.run { server in
            // Most of what is under way are answers in the window that the backend grants.
            var configuration = ChannelConfiguration.patient
            configuration.streamWindow = 65_536
            try await server.withChannel(configuration) { channel in
                try await answersUnread(on: channel, total: 20_000)
            }
        }
    }

    private func answersUnread(on channel: GRPCChannel, total: Int) async throws {
        let stream = channel.open(Self.path)
        let sender = Sender()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await sender.send(
                    total, { PushRequest(clientID: "", message: Self.text, tag: UInt64($0)) }, on: stream)
            }
            let sent = try await sender.stop(on: channel)
            #expect(sent < total)
            var tags: Set<UInt64> = []
            while let response = try await stream.next() {
                tags.insert(try PushResponse(unpacking: Array(response.readableBytesView)).tag)
            }
            #expect(tags.count == total)
            try await tasks.waitForAll()
        }
    }

    @Test("A backend whose pushes wait for acknowledgements has a bounded number of them under way")
    func pushesUnderWay() async throws {
        try await PushServer.run { server in
            let (limit, total) = (16_384, 20_000)
            // One client alone has at most 1,024 acknowledgements awaited.
            var agents: [Agent] = []
            for number in 0..<20 { agents.append(try await server.connect("a-\(number)")) }
            // A wait that ran out would make room for another push.
            let stream = server.channel.open(Self.path, options: CallOptions(timeout: .seconds(590)))
            let (sender, heard) = (Sender(), Counter())
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    try await sender.send(
                        total,
                        { number in
                            PushRequest(
                                clientID: "a-\(number % 20)", message: Self.text, waitFor: .received,
                                tag: UInt64(number))
                        }, on: stream)
                }
                for agent in agents {
                    tasks.addTask { while try await agent.hear() != nil { heard.count.add(1, ordering: .relaxed) } }
                }
                let sent = try await sender.stop(on: server.channel)
                #expect(sent < total)
                let taken = heard.count.load(ordering: .relaxed)
                // What came with the read in which the limit was reached is taken too.
                #expect(taken >= limit && taken < limit + 1_000)
                stream.cancel()
                for agent in agents { agent.stream.cancel() }
                while await tasks.nextResult() != nil {}
            }
        }
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }
}
