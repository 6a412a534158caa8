import CrierGRPC
import CrierHTTP2
import NIOCore
import NIOPosix
import Testing

/// The channel's states: full, redirected, restarted, shut down; and how calls are cut short.
@Suite struct ChannelTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    private static func target(_ server: GRPCServer) -> HostPort { HostPort(host: "127.0.0.1", port: server.localPort) }

    /// A method table whose only method answers with `name`.
    private static func named(_ name: String) -> MethodTable {
        final class Answer: ServerCallHandler {
            let call: ServerCall
            let name: String
            init(_ call: ServerCall, _ name: String) { (self.call, self.name) = (call, name) }
            func received(_ message: UnsafeRawBufferPointer) {
                call.send(FramedMessage(name))
                call.finish()
            }
        }
        var methods = MethodTable()
        methods.add("Name", service: "test.Name") { Answer($0, name) }
        return methods
    }

    private static func server(
        _ methods: MethodTable, port: Int = 0, configuration: GRPCServerConfiguration = .patient
    ) async throws -> GRPCServer {
        try await GRPCServer.bind(
            host: "127.0.0.1", port: port, methods: methods, configuration: configuration, group: group)
    }

    @Test("More calls than the peer's limit of streams wait their turn, and all are answered", .timeLimit(.minutes(10)))
    func streamLimit() async throws {
        var configuration = GRPCServerConfiguration.patient
        configuration.http2.limits.concurrentStreams = 2
        let server = try await Self.server(LoopbackTests.echo, configuration: configuration)
        let channel = GRPCChannel(targets: [Self.target(server)], configuration: .patient, group: Self.group)
        try await withThrowingTaskGroup { tasks in
            for number in 0..<100 {
                tasks.addTask {
                    let answer = try await channel.unary("test.Echo/Echo", FramedMessage("\(number)"))
                    #expect(String(buffer: answer) == "\(number)")
                }
            }
            try await tasks.waitForAll()
        }
        await channel.shutdown()
        await server.shutdown(grace: .zero)
    }

    @Test("After the server restarts, a call that waits for it is answered", .timeLimit(.minutes(10)))
    func reconnect() async throws {
        var configuration = ChannelConfiguration.patient
        configuration.backoff.initial = .milliseconds(10)
        let first = try await Self.server(Self.named("first"))
        let target = Self.target(first)
        let channel = GRPCChannel(targets: [target], configuration: configuration, group: Self.group)
        let options = CallOptions(waitForReady: true)
        #expect(
            String(buffer: try await channel.unary("test.Name/Name", FramedMessage("?"), options: options)) == "first")
        await first.shutdown(grace: .zero)
        async let answer = channel.unary("test.Name/Name", FramedMessage("?"), options: options)
        let second = try await Self.server(Self.named("second"), port: target.port)
        #expect(String(buffer: try await answer) == "second")
        await channel.shutdown()
        await second.shutdown(grace: .zero)
    }

    @Test("A redirected channel finishes what it began and dials the new target", .timeLimit(.minutes(10)))
    func redirect() async throws {
        let (first, second) = (try await Self.server(LoopbackTests.echo), try await Self.server(Self.named("second")))
        let channel = GRPCChannel(targets: [Self.target(first)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Echo/Echo")
        try await stream.send(FramedMessage("before"))
        #expect(try await stream.next().map { String(buffer: $0) } == "before")
        channel.redirect(to: [Self.target(second)])
        #expect(String(buffer: try await channel.unary("test.Name/Name", FramedMessage("?"))) == "second")
        try await stream.send(FramedMessage("after"))
        #expect(try await stream.next().map { String(buffer: $0) } == "after")
        stream.finishSending()
        #expect(try await stream.next() == nil)
        await channel.shutdown()
        await first.shutdown(grace: .zero)
        await second.shutdown(grace: .zero)
    }

    @Test("The second target is taken when the first does not answer", .timeLimit(.minutes(10)))
    func secondTarget() async throws {
        let server = try await Self.server(Self.named("second"))
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: 1), Self.target(server)], configuration: .patient,
            group: Self.group)
        #expect(String(buffer: try await channel.unary("test.Name/Name", FramedMessage("?"))) == "second")
        await channel.shutdown()
        await server.shutdown(grace: .zero)
    }

    @Test("A channel that is shut down while it dials ends its calls and returns", .timeLimit(.minutes(10)))
    func shutdownWhileDialling() async throws {
        let server = try await Self.server(LoopbackTests.echo)
        let channel = GRPCChannel(
            targets: [HostPort(host: "localhost", port: server.localPort)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Echo/Echo")
        await channel.shutdown()
        let status = await #expect(throws: GRPCStatus.self) { try await stream.next() }
        #expect(status?.code == .unavailable)
        await server.shutdown(grace: .zero)
    }

    @Test("A channel's shutdown ends open calls with UNAVAILABLE", .timeLimit(.minutes(10)))
    func shutdownWithOpenCalls() async throws {
        let server = try await Self.server(LoopbackTests.echo)
        let channel = GRPCChannel(targets: [Self.target(server)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Echo/Echo")
        try await stream.send(FramedMessage("x"))
        _ = try await stream.next()
        await channel.shutdown()
        let status = await #expect(throws: GRPCStatus.self) { try await stream.next() }
        #expect(status?.code == .unavailable)
        await server.shutdown(grace: .zero)
    }

    @Test("A cancelled call reaches the method: its handler hears of it", .timeLimit(.minutes(10)))
    func clientCancels() async throws {
        final class Listener: ServerCallHandler {
            let call: ServerCall
            let onEnd: @Sendable (CallEnd) -> Void
            init(_ call: ServerCall, _ onEnd: @escaping @Sendable (CallEnd) -> Void) {
                (self.call, self.onEnd) = (call, onEnd)
            }
            func received(_ message: UnsafeRawBufferPointer) { call.send(.init(message)) }
            func closed(_ end: CallEnd) { onEnd(end) }
        }
        let (ends, continuation) = AsyncStream.makeStream(of: CallEnd.self)
        var methods = MethodTable()
        methods.add("Listen", service: "test.Listen") { Listener($0) { continuation.yield($0) } }
        let server = try await Self.server(methods)
        let channel = GRPCChannel(targets: [Self.target(server)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Listen/Listen")
        try await stream.send(FramedMessage("x"))
        _ = try await stream.next()
        stream.cancel()
        var iterator = ends.makeAsyncIterator()
        #expect(await iterator.next() == .cancelled)
        let status = await #expect(throws: GRPCStatus.self) { try await stream.next() }
        #expect(status?.code == .cancelled)
        await channel.shutdown()
        await server.shutdown(grace: .zero)
    }

    @Test("A cancelled task that waits for a message ends its call", .timeLimit(.minutes(10)))
    func cancelledTask() async throws {
        let server = try await Self.server(LoopbackTests.echo)
        let channel = GRPCChannel(targets: [Self.target(server)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Echo/Echo")
        try await stream.send(FramedMessage("x"))
        _ = try await stream.next()
        let reader = Task { try await stream.next() }
        reader.cancel()
        let status = await #expect(throws: GRPCStatus.self) { try await reader.value }
        #expect(status?.code == .cancelled)
        await channel.shutdown()
        await server.shutdown(grace: .zero)
    }

    @Test("A server whose task is cancelled ends its async methods, those that wait included", .timeLimit(.minutes(10)))
    func cancelledServer() async throws {
        let server = try await Self.server(LoopbackTests.echo)
        let running = Task { await server.run() }
        let channel = GRPCChannel(targets: [Self.target(server)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Echo/AsyncEcho")
        try await stream.send(FramedMessage("x"))
        _ = try await stream.next()
        running.cancel()
        await running.value
        let status = await #expect(throws: GRPCStatus.self) { try await stream.next() }
        #expect(status?.code == .cancelled)
        await channel.shutdown()
        await server.shutdown(grace: .zero)
    }

    @Test(
        "A server that stops refuses the async calls whose turn did not come, and later ones", .timeLimit(.minutes(10)))
    func callsInTheQueue() async throws {
        let server = try await Self.server(LoopbackTests.echo)
        let channel = GRPCChannel(targets: [Self.target(server)], configuration: .patient, group: Self.group)
        let stream = channel.open("test.Echo/AsyncEcho")
        try await stream.send(FramedMessage("x"))
        // Answered by a callback on the same connection: the server has the other call too.
        _ = try await channel.unary("test.Echo/Echo", FramedMessage("y"))
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await server.run()
        }
        await running.value
        let waiting = await #expect(throws: GRPCStatus.self) { try await stream.next() }
        #expect(waiting == GRPCStatus(.unavailable, "the server stops"))
        let later = await #expect(throws: GRPCStatus.self) {
            try await channel.unary("test.Echo/AsyncEcho", FramedMessage("x"))
        }
        #expect(later == GRPCStatus(.unavailable, "the server stops"))
        await channel.shutdown()
        await server.shutdown(grace: .zero)
    }

    @Test("Several tasks may send on one call while its client does not read", .timeLimit(.minutes(10)))
    func manySenders() async throws {
        var methods = MethodTable()
        methods.addAsync("Flood", service: "test.Flood") { call in
            _ = try await call.request()
            try await withThrowingTaskGroup { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        for _ in 0..<8 { try await call.send(FramedMessage(String(repeating: "f", count: 100_000))) }
                    }
                }
                try await tasks.waitForAll()
            }
        }
        try await LoopbackTests.withServer(methods) { channel in
            let stream = channel.open("test.Flood/Flood")
            try await stream.send(FramedMessage("go"))
            stream.finishSending()
            var received = 0
            while let message = try await stream.next() { received += message.readableBytes }
            #expect(received == 64 * 100_000)
        }
    }
}
