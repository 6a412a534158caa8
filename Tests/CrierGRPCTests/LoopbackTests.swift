import CrierGRPC
import NIOCore
import NIOPosix
import Testing

/// Client and server over real sockets.
@Suite struct LoopbackTests {
    /// Echoes every message; ends when the client does.
    final class Echo: ServerCallHandler {
        let call: ServerCall
        init(_ call: ServerCall) { self.call = call }
        func received(_ message: UnsafeRawBufferPointer) { call.send(.init(message)) }
        func receivedEnd() { call.finish() }
    }

    static func withServer(
        _ methods: MethodTable, _ body: (GRPCChannel) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: methods, configuration: .patient, group: group)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            let channel = GRPCChannel(
                targets: [HostPort(host: "127.0.0.1", port: server.localPort)], configuration: .patient, group: group)
            try await body(channel)
            await channel.shutdown()
            await server.shutdown(grace: .seconds(1))
            tasks.cancelAll()
        }
    }

    static var echo: MethodTable {
        var methods = MethodTable()
        methods.add("Echo", service: "test.Echo", bareName: "Echo") { Echo($0) }
        methods.addAsync("AsyncEcho", service: "test.Echo") { call in
            while let message = try await call.next() {
                try await call.send(message.withUnsafeReadableBytes { FramedMessage($0) })
            }
        }
        methods.addAsync("Fail", service: "test.Echo") { call in
            _ = try await call.request()
            throw GRPCStatus(.failedPrecondition, "ä % is not\nplain", metadata: ["crier-hint": "7"])
        }
        methods.addAsync("Never", service: "test.Echo") { call in
            while try await call.next() != nil {}
            _ = await Self.cancellation()
        }
        return methods
    }

    /// Waits until the task is cancelled.
    static func cancellation() async -> Void? {
        let (stream, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in stream {}
        return nil
    }

    @Test("A unary call is answered, under the full name and the bare one", arguments: ["test.Echo/Echo", "Echo/Echo"])
    func unary(method: String) async throws {
        try await Self.withServer(Self.echo) { channel in
            let answer = try await channel.unary(method, FramedMessage("hello"))
            #expect(String(buffer: answer) == "hello")
        }
    }

    @Test("An async method answers a stream in order", arguments: ["Echo", "AsyncEcho"])
    func stream(method: String) async throws {
        try await Self.withServer(Self.echo) { channel in
            let stream = channel.open("test.Echo/\(method)")
            for number in 0..<500 { try await stream.send(FramedMessage("\(number)")) }
            stream.finishSending()
            for number in 0..<500 {
                let message = try await stream.next()
                #expect(message.map { String(buffer: $0) } == "\(number)")
            }
            #expect(try await stream.next() == nil)
        }
    }

    @Test("A failure arrives with code, message and trailers")
    func failure() async throws {
        try await Self.withServer(Self.echo) { channel in
            let status = await #expect(throws: GRPCStatus.self) {
                try await channel.unary("test.Echo/Fail", FramedMessage("x"))
            }
            #expect(status?.code == .failedPrecondition)
            #expect(status?.message == "ä % is not\nplain")
            #expect(status?.metadata.first("crier-hint") == "7")
        }
    }

    @Test("An unknown method is UNIMPLEMENTED")
    func unknownMethod() async throws {
        try await Self.withServer(Self.echo) { channel in
            let status = await #expect(throws: GRPCStatus.self) {
                try await channel.unary("test.Echo/Nope", FramedMessage("x"))
            }
            #expect(status?.code == .unimplemented)
        }
    }

    @Test("A deadline ends the call on time")
    func deadline() async throws {
        try await Self.withServer(Self.echo) { channel in
            let status = await #expect(throws: GRPCStatus.self) {
                try await channel.unary(
                    "test.Echo/Never", FramedMessage("x"), options: CallOptions(timeout: .milliseconds(50))
                )
            }
            #expect(status?.code == .deadlineExceeded)
        }
    }

    @Test("Messages of the limit pass, larger ones are refused", arguments: [false, true])
    func largeMessages(gzip: Bool) async throws {
        try await Self.withServer(Self.echo) { channel in
            let options = CallOptions(gzip: gzip)
            let large = String(repeating: "a", count: 4 * 1024 * 1024)
            let answer = try await channel.unary("test.Echo/Echo", FramedMessage(large), options: options)
            #expect(answer.readableBytes == large.utf8.count)
            let status = await #expect(throws: GRPCStatus.self) {
                try await channel.unary("test.Echo/Echo", FramedMessage(large + "a"), options: options)
            }
            #expect(status?.code == .resourceExhausted)
        }
    }

    @Test("What came before the stream closed is read to its end, however late")
    func readsAfterTheClose() async throws {
        final class Burst: ServerCallHandler {
            let call: ServerCall
            let onClose: @Sendable () -> Void
            init(_ call: ServerCall, _ onClose: @escaping @Sendable () -> Void) {
                (self.call, self.onClose) = (call, onClose)
            }
            func received(_ message: UnsafeRawBufferPointer) {}
            func receivedEnd() {
                // More than a reader may leave unread, less than the stream's window.
                for _ in 0..<60 { call.send(FramedMessage(String(repeating: "b", count: 10_000))) }
                call.finish()
            }
            func closed(_ end: CallEnd) { onClose() }
        }
        let (closed, continuation) = AsyncStream.makeStream(of: Void.self)
        var methods = Self.echo
        methods.add("Burst", service: "test.Burst") { call in Burst(call) { continuation.yield() } }
        try await Self.withServer(methods) { channel in
            let stream = channel.open("test.Burst/Burst")
            stream.finishSending()
            for await _ in closed { break }
            // The answer to this comes behind the end of the other call.
            _ = try await channel.unary("test.Echo/Echo", FramedMessage("x"))
            var received = 0
            while let message = try await stream.next() { received += message.readableBytes }
            #expect(received == 600_000)
        }
    }

    @Test("A reader that does not read holds a bounded amount, and gets all once it reads")
    func backPressure() async throws {
        try await Self.withServer(Self.echo) { channel in
            let stream = channel.open("test.Echo/AsyncEcho")
            let block = String(repeating: "b", count: 100_000)
            async let sending: Void = {
                for _ in 0..<200 { try await stream.send(FramedMessage(block)) }
                stream.finishSending()
            }()
            var received = 0
            while let message = try await stream.next() { received += message.readableBytes }
            try await sending
            #expect(received == 200 * 100_000)
        }
    }

    @Test("Without a server, calls fail with UNAVAILABLE")
    func noServer() async throws {
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: 1)], configuration: .patient,
            group: MultiThreadedEventLoopGroup.singleton
        )
        let status = await #expect(throws: GRPCStatus.self) {
            try await channel.unary("test.Echo/Echo", FramedMessage("x"))
        }
        #expect(status?.code == .unavailable)
        await channel.shutdown()
    }
}

extension FramedMessage {
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(payloadSize: bytes.count) { target in
            if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
        }
    }

    init(_ text: String) {
        var text = text
        self = text.withUTF8 { FramedMessage(UnsafeRawBufferPointer($0)) }
    }
}
