import CrierCore
import CrierGRPC
import CrierMessages
import CrierStorage
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Files of other nodes over a real socket.
@Suite("Peer files")
struct PeerFileClientTests {
    /// One node that can be asked, at a port of this machine.
    private struct OneNode: RouteDirectory {
        let port: Int

        var nodes: [ClusterNode] {
            guard let id = try? NodeID(validating: "n1") else { return [] }
            return [
                ClusterNode(
                    id: id, incarnation: Incarnation(rawValue: 1), peerAddress: "127.0.0.1:\(port)", clientAddress: "",
                    version: ""
                )
            ]
        }

        func route(to client: ClientID) -> RemoteRoute? { nil }
        func reread(
            _ client: ClientID, completion: @escaping @Sendable (Result<RemoteRoute?, KeyValueError>) -> Void
        ) { completion(.success(nil)) }
        func observeNodes(_ observer: any NodeObserver) {}
    }

    @Test("A node that falls silent in the middle of a file is left: what came counts, and another one may be asked")
    func silentInTheMiddle() async throws {
        var methods = MethodTable()
        methods.addAsync("DownloadFile", service: "crier.v1.FileService") { call in
            _ = try await call.request()
            let chunk = FileChunk(content: Array(repeating: 7, count: 1_000), offset: 0)
            try await call.send(chunk.pack { FramedMessage(payloadSize: $0, write: $1) })
            // Not a word more, until the caller has gone.
            let (never, continuation) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            continuation.finish()
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await GRPCServer.bind(host: "127.0.0.1", port: 0, methods: methods, group: group)
        let serving = Task { await server.run() }
        let client = PeerFileClient(
            OneNode(port: server.localPort), configuration: ChannelConfiguration(), metadata: [:],
            silence: .milliseconds(200), group: group
        )
        let taken = Mutex(0)
        let error = await #expect(throws: FileStoreError.self) {
            try await client.read(digest(of: []), from: 0, of: "n1") { bytes, _ throws(FileStoreError) in
                taken.withLock { $0 += bytes.readableBytes }
            }
        }
        #expect(error?.code == .unavailable)
        #expect(taken.withLock { $0 } == 1_000 || taken.withLock { $0 } == 0)
        await client.close()
        await server.shutdown(grace: .zero)
        serving.cancel()
        await serving.value
    }
}
