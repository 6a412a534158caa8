import CrierGRPC
import NIOPosix
import Testing

/// Whoever changes something must know whether a failed call can have done so.
@Suite("A lost answer", .timeLimit(.minutes(10)))
struct LostAnswerTests {
    private func status(port: Int, timeout: Duration? = nil) async throws -> GRPCStatus {
        let channel = GRPCChannel(
            targets: [HostPort(host: "127.0.0.1", port: port)],
            configuration: .patient, group: MultiThreadedEventLoopGroup.singleton
        )
        let options = CallOptions(timeout: timeout)
        let status = await #expect(throws: GRPCStatus.self) {
            try await channel.unary("a/B", FramedMessage("x"), options: options)
        }
        await channel.shutdown()
        return try #require(status)
    }

    private func status(answering frames: [UInt8]) async throws -> GRPCStatus {
        let peer = try await RawPeer(answer: frames)
        let status = try await status(port: peer.port)
        await peer.close()
        return status
    }

    @Test("A call that was reset may have run; one that was answered has not")
    func reset() async throws {
        #expect(try await status(answering: RawFrame.reset(1, 8)).mayHaveRun)
        #expect(try await status(answering: RawFrame.reset(1, 2)).mayHaveRun)
        let answered = RawFrame.headers(
            1, [(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "14")]
        )
        let status = try await status(answering: answered)
        #expect(status.code == .unavailable && !status.mayHaveRun)
    }

    @Test("A call without a connection has not run")
    func notConnected() async throws {
        let peer = try await RawPeer(answer: [])
        let port = peer.port
        await peer.close()
        let status = try await status(port: port)
        #expect(status.code == .unavailable && !status.mayHaveRun)
    }

    @Test("A call whose deadline passed while the server was silent may have run")
    func deadline() async throws {
        var timeout = Duration.milliseconds(100)
        // Until the machine is fast enough to send the call within its time.
        while true {
            let peer = try await RawPeer(answer: [])
            let status = try await status(port: peer.port, timeout: timeout)
            let wasAsked = peer.wasAsked
            await peer.close()
            #expect(status.code == .deadlineExceeded)
            guard !wasAsked else { return #expect(status.mayHaveRun) }
            timeout *= 4
        }
    }
}
