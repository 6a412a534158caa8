import CrierCodecs
import CrierGRPC
import CrierMessages
import Crypto
import NIOCore
import NIOPosix
import Synchronization

@testable import CrierClient

/// A gateway for tests, behind a real socket: says what its script says and remembers what it heard.
final class TestGateway: Sendable {
    /// One agent's stay, seen from the gateway.
    final class Session: Sendable {
        let number: Int
        let call: AsyncCall
        fileprivate let gateway: TestGateway

        fileprivate init(_ number: Int, _ call: AsyncCall, _ gateway: TestGateway) {
            (self.number, self.call, self.gateway) = (number, call, gateway)
        }

        func receive() async throws -> ClientMessage? {
            guard let bytes = try await call.next() else { return nil }
            let message = try bytes.withUnsafeReadableBytes { try ClientMessage(unpacking: $0) }
            gateway.note(message)
            return message
        }

        func send(_ payload: ServerMessage.Payload, id: String = "", sequence: UInt64 = 0) async throws {
            let message = ServerMessage(payload: payload, messageID: id, sequence: sequence)
            try await call.send(message.pack { FramedMessage(payloadSize: $0, write: $1) })
        }

        func welcome(heartbeat: Int64 = 20_000, serverTime: Int64 = 0) async throws {
            _ = try await receive()
            let welcome = Welcome(
                sessionID: "session-\(number)",
                nodeID: "node",
                heartbeatIntervalMs: heartbeat,
                serverTime: serverTime
            )
            try await send(.welcome(welcome))
        }

        /// Hears the agent out; `answers` decides whether heartbeats are echoed.
        func listen(answers: Bool = true) async throws {
            while let message = try await receive() {
                if case .heartbeat(let heartbeat) = message.payload, answers { try await send(.heartbeat(heartbeat)) }
            }
        }
    }

    typealias Script = @Sendable (Session) async throws -> Void

    private struct State {
        var sessions = 0
        var heard: [ClientMessage] = []
        var files: [String: (name: String, content: [UInt8])] = [:]
        var uploads: [String: [UInt8]] = [:]
        /// Bytes after which the next calls break, one each.
        var downloadCuts: [Int] = []
        var uploadCuts: [Int] = []
        var downloadOffsets: [Int64] = []
        var uploadOffsets: [Int64] = []
    }

    private let state = Mutex(State())
    let changed = Signal()
    private let server = Mutex<GRPCServer?>(nil)

    var port: Int { server.withLock { $0?.localPort ?? 0 } }
    var target: HostPort { HostPort(host: "127.0.0.1", port: port) }
    var configuration: GatewayConfiguration { .local(port: target.port) }
    var connections: Int { server.withLock { $0?.openConnections ?? 0 } }
    var heard: [ClientMessage] { state.withLock { $0.heard } }
    var downloadOffsets: [Int64] { state.withLock { $0.downloadOffsets } }
    var uploadOffsets: [Int64] { state.withLock { $0.uploadOffsets } }

    /// Runs a gateway while `body` does.
    static func run(
        _ script: @escaping Script = { session in
            try await session.welcome()
            try await session.listen()
        },
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        let gateway = TestGateway()
        let server = try await GRPCServer.bind(
            host: "127.0.0.1",
            port: 0,
            methods: gateway.methods(script),
            configuration: .patient,
            group: .singletonMultiThreadedEventLoopGroup
        )
        gateway.server.withLock { $0 = server }
        // The server's methods hold the gateway.
        defer { gateway.server.withLock { $0 = nil } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            do {
                try await body(gateway)
            } catch {
                await server.shutdown(grace: .zero)
                throw error
            }
            await server.shutdown(grace: .zero)
        }
    }

    /// The first thing heard that matches, as soon as it was.
    @discardableResult
    func hear<Value>(_ match: (ClientMessage.Payload) -> Value?) async throws -> Value {
        while true {
            try Task.checkCancellation()
            let version = changed.version
            if let found = heard.compactMap({ $0.payload.flatMap(match) }).first { return found }
            await changed.wait(beyond: version)
        }
    }

    /// Returns when something that matches was heard.
    func waitToHear(_ matches: (ClientMessage.Payload) -> Bool) async throws {
        try await hear { matches($0) ? $0 : nil }
    }

    private func note(_ message: ClientMessage) {
        state.withLock { $0.heard.append(message) }
        changed.raise()
    }

    // MARK: Files

    @discardableResult
    func add(_ content: [UInt8], name: String) -> FileNotice {
        let digest = ContentDigest(SHA256.hash(data: content))
        state.withLock { $0.files[digest.fileID] = (name, content) }
        return FileNotice(
            fileName: name,
            fileSize: Int64(content.count),
            fileID: digest.fileID,
            sha256: digest.bytes,
            blockSize: 4096
        )
    }

    func cutDownloads(after bytes: Int...) { state.withLock { $0.downloadCuts = bytes } }
    func cutUploads(after bytes: Int...) { state.withLock { $0.uploadCuts = bytes } }

    private func methods(_ script: @escaping Script) -> MethodTable {
        var table = MethodTable()
        let push = "crier.v1.PushService"
        let files = "crier.v1.FileService"
        table.addAsync("Connect", service: push) { [self] call in
            let number = state.withLock { state in
                state.sessions += 1
                return state.sessions
            }
            try await script(Session(number, call, self))
        }
        table.addAsync("GetFile", service: files) { [self] call in
            let request: FileRequest = try await Self.request(call)
            try await Self.send(try info(request.fileID), call)
        }
        table.addAsync("DownloadFile", service: files) { [self] call in try await download(call) }
        table.addAsync("GetFileBlocks", service: files) { [self] call in try await blocks(call) }
        table.addAsync("QueryUpload", service: files) { [self] call in try await queryUpload(call) }
        table.addAsync("UploadFile", service: files) { [self] call in try await upload(call) }
        return table
    }

    private func find(_ id: String) throws -> (id: String, name: String, content: [UInt8]) {
        let found = state.withLock { state in
            state.files.first { $0.key == id || $0.value.name == id }
        }
        guard let found else { throw GRPCStatus(.notFound, "file_id \(id) is unknown") }
        return (found.key, found.value.name, found.value.content)
    }

    private func info(_ id: String) throws -> FileInfo {
        let (id, name, content) = try find(id)
        let digest = ContentDigest(SHA256.hash(data: content))
        return FileInfo(
            fileID: id,
            name: name,
            size: Int64(content.count),
            sha256: digest.bytes,
            blockSize: 4096
        )
    }

    private func download(_ call: AsyncCall) async throws {
        let request: FileRequest = try await Self.request(call)
        let content = try find(request.fileID).content
        let cut = state.withLock { state in
            state.downloadOffsets.append(request.offset)
            return state.downloadCuts.isEmpty ? nil : state.downloadCuts.removeFirst()
        }
        changed.raise()
        var (position, sequence) = (Int(request.offset), Int32(0))
        repeat {
            if let cut, position - Int(request.offset) >= cut { throw GRPCStatus(.unavailable, "cut off") }
            let piece = Array(content[position..<min(content.count, position + 1000)])
            let chunk = try Self.chunk(piece, at: position, sequence, isLast: position + piece.count == content.count)
            try await Self.send(chunk, call)
            position += piece.count
            sequence += 1
        } while position < content.count
    }

    /// Every other chunk is compressed.
    private static func chunk(_ piece: [UInt8], at position: Int, _ sequence: Int32, isLast: Bool) throws -> FileChunk {
        var chunk = FileChunk(
            content: piece,
            sequence: sequence,
            isLast: isLast,
            offset: Int64(position),
            crc32c: checksum(piece)
        )
        guard sequence % 2 == 1 else { return chunk }
        var compressor = try ZstdCompressor()
        if let compressed = try piece.withUnsafeBytes({ try compressor.compress($0, limit: 4096) }) {
            chunk.content = compressed
            chunk.compression = .zstd
            chunk.rawSize = Int32(piece.count)
        }
        return chunk
    }

    private func blocks(_ call: AsyncCall) async throws {
        let request: FileRequest = try await Self.request(call)
        let content = try find(request.fileID).content
        for (index, start) in stride(from: 0, to: content.count, by: 4096).enumerated() {
            let digest = SHA256.hash(data: content[start..<min(content.count, start + 4096)])
            let blocks = FileBlocks(blockSize: 4096, firstBlock: Int64(index), sha256s: Array(digest))
            try await Self.send(blocks, call)
        }
    }

    private func queryUpload(_ call: AsyncCall) async throws {
        let request: QueryUploadRequest = try await Self.request(call)
        let committed = state.withLock { $0.uploads[request.uploadID]?.count ?? 0 }
        try await Self.send(UploadState(committed: Int64(committed)), call)
    }

    private func upload(_ call: AsyncCall) async throws {
        let first: UploadRequest = try await Self.request(call)
        guard case .header(let header) = first.part else { throw GRPCStatus(.invalidArgument, "no header") }
        let (known, cut) = state.withLock { state in
            state.uploadOffsets.append(header.offset)
            return (
                state.uploads[header.uploadID] ?? [], state.uploadCuts.isEmpty ? nil : state.uploadCuts.removeFirst()
            )
        }
        guard header.offset == known.count else { throw GRPCStatus(.failedPrecondition, "committed is \(known.count)") }
        var content = known
        while let bytes = try await call.next() {
            let request = try bytes.withUnsafeReadableBytes { try UploadRequest(unpacking: $0) }
            guard case .chunk(let chunk) = request.part, chunk.offset == content.count,
                chunk.crc32c == checksum(chunk.content)
            else { throw GRPCStatus(.dataLoss, "a wrong chunk") }
            content += chunk.content
            let kept = content
            state.withLock { $0.uploads[header.uploadID] = kept }
            if let cut, content.count - known.count >= cut { throw GRPCStatus(.unavailable, "cut off") }
        }
        guard header.sha256.elementsEqual(SHA256.hash(data: content)) else {
            throw GRPCStatus(.invalidArgument, "sha256 is another one")
        }
        let notice = add(content, name: header.name)
        try await Self.send(try info(notice.fileID), call)
    }

    private static func request<Request: WireMessage>(_ call: AsyncCall) async throws -> Request {
        try await call.request().withUnsafeReadableBytes { try Request(unpacking: $0) }
    }

    private static func send(_ message: some WireMessage, _ call: AsyncCall) async throws {
        try await call.send(message.pack { FramedMessage(payloadSize: $0, write: $1) })
    }
}
