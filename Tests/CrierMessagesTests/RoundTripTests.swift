import CrierMessages
import Testing

@Suite("What is packed comes back equal")
struct RoundTripTests {
    private func check<M: WireMessage>(_ message: M) throws {
        #expect(try M(unpacking: message.packedBytes()) == message)
    }

    @Test("Messages of Connect", arguments: Samples.clientMessages)
    func clientMessage(_ message: ClientMessage) throws { try check(message) }

    @Test("Messages to agents", arguments: Samples.serverMessages)
    func serverMessage(_ message: ServerMessage) throws { try check(message) }

    @Test("Pushes", arguments: Samples.pushes)
    func push(_ message: PushRequest) throws { try check(message) }

    @Test("The other messages of the control plane")
    func control() throws {
        try check(Samples.pushResponse)
        try check(PublishRequest(selector: Samples.selector, message: Samples.push))
        try check(PublishRequest())
        try check(Samples.publishResponse)
        try check(ReceiptsRequest(messageID: "m", follow: true))
        try check(Samples.receipt)
        try check(ListClientsRequest(clientIDPrefix: "a", labels: Samples.labels, allNodes: true, nodeID: "n"))
        try check(Samples.clientInfo)
        try check(LastPush(at: 1, outcome: .written, fromNode: "n"))
        try check(RefusedPushesRequest(clientID: "c", allNodes: true))
        try check(Samples.refusedPush)
        try check(DrainRequest(nodeID: "n", overMs: 1, cancel: true))
        for state in 0...3 { try check(DrainStatus(nodeID: "n", state: .init(rawValue: Int32(state)), clients: 2)) }
    }

    @Test("Chunks of a download", arguments: Samples.chunks)
    func chunk(_ message: FileChunk) throws { try check(message) }

    @Test("Messages of an upload", arguments: Samples.uploads)
    func upload(_ message: UploadRequest) throws { try check(message) }

    @Test("The other messages of the data plane")
    func data() throws {
        try check(Samples.fileRequest)
        try check(Samples.info)
        try check(FileBlocks(blockSize: 1, firstBlock: 2, sha256s: [UInt8](repeating: 5, count: 64_000)))
        try check(QueryUploadRequest(uploadID: "u"))
        try check(UploadState(committed: 1, complete: true, info: Samples.info))
        try check(ListFilesRequest(namePrefix: "p"))
    }

    @Test("Health and reflection")
    func everyServer() throws {
        try check(HealthCheckRequest(service: "crier.v1.PushService"))
        try check(HealthCheckResponse(status: .notServing))
        try check(HealthCheckResponse(status: .unrecognized(77)))
        for question in Samples.questions { try check(question) }
        for answer in Samples.answers { try check(answer) }
    }

    @Test("A message of defaults is empty on the wire")
    func empty() {
        #expect(PushRequest().packedBytes() == [])
        #expect(ServerMessage().packedBytes() == [])
        #expect(FileChunk().packedBytes() == [])
        #expect(UploadRequest().packedBytes() == [])
    }
}
