import CrierCodecs
import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import CrierStorage
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

/// A file service over a real store in a directory of its own, and a channel to it over real sockets.
struct FileServer {
    let channel: GRPCChannel
    let service: FileService
    let store: DiskFileStore
    let directory: URL

    static func run(
        uploadSilence: Duration = FileServiceLimits.uploadSilence, _ body: (FileServer) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "crier-files-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await run(in: directory, names: MemoryKeyValueStore(), uploadSilence: uploadSilence, body)
    }

    /// The same directory and names may be used one after the other, as by processes that crash and come again.
    static func run(
        in directory: URL, names: MemoryKeyValueStore, uploadSilence: Duration = FileServiceLimits.uploadSilence,
        _ body: (FileServer) async throws -> Void
    ) async throws {
        let store = try await DiskFileStore.open(
            directory: directory.path, nodeID: "n1", keyValue: names, threads: .singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        defer { store.close() }
        let service = FileService(store: store, threads: .singleton, uploadSilence: uploadSilence)
        var methods = MethodTable()
        service.add(to: &methods)
        try await Loopback.with(methods) { channel in
            try await body(FileServer(channel: channel, service: service, store: store, directory: directory))
        }
    }

    // MARK: Calls

    func ask<Answer: WireMessage>(_ method: String, _ request: some WireMessage, as: Answer.Type) async throws -> Answer
    {
        try Answer(try await channel.unary("crier.v1.FileService/\(method)", request.framed))
    }

    /// Every message of an answer, and the status it ended with; nil for OK.
    func collect<Answer: WireMessage>(
        _ method: String, _ request: some WireMessage, as: Answer.Type, service: String = "crier.v1.FileService"
    ) async throws -> (messages: [Answer], refusal: GRPCStatus?) {
        let stream = channel.open("\(service)/\(method)")
        var messages: [Answer] = []
        do {
            try await stream.send(request.framed)
            stream.finishSending()
            while let message = try await stream.next() { messages.append(try Answer(message)) }
        } catch let status as GRPCStatus {
            return (messages, status)
        }
        return (messages, nil)
    }

    func download(_ request: FileRequest) async throws -> (chunks: [FileChunk], refusal: GRPCStatus?) {
        let (messages, refusal) = try await collect("DownloadFile", request, as: FileChunk.self)
        return (messages, refusal)
    }

    /// Sends these requests one after the other, and answers what came back.
    func upload(_ requests: [UploadRequest]) async throws -> FileInfo {
        let stream = channel.open("crier.v1.FileService/UploadFile")
        // What is refused in the middle is told by the answer, which is read in any case.
        for request in requests { guard (try? await stream.send(request.framed)) != nil else { break } }
        stream.finishSending()
        guard let answer = try await stream.next() else { throw GRPCStatus(.unknown, "no answer") }
        return try FileInfo(answer)
    }

    @discardableResult
    func put(_ bytes: [UInt8], name: String = "file.bin", id: String = "u1") async throws -> FileInfo {
        try await upload(uploadRequests(bytes, name: name, id: id))
    }
}

/// The requests that bring `bytes` from `offset` on.
func uploadRequests(
    _ bytes: [UInt8], name: String = "file.bin", id: String = "u1", offset: Int = 0, size: Int? = nil,
    sha256: [UInt8] = []
) -> [UploadRequest] {
    let header = UploadHeader(
        uploadID: id, name: name, size: Int64(size ?? bytes.count), sha256: sha256, offset: Int64(offset),
        mediaType: "text/plain"
    )
    let chunks = stride(from: offset, to: bytes.count, by: 100_000)
        .map { start in
            let content = Array(bytes[start..<min(start + 100_000, bytes.count)])
            return UploadRequest(
                part: .chunk(UploadChunk(content: content, offset: Int64(start), crc32c: CRC32C.checksum(content)))
            )
        }
    return [UploadRequest(part: .header(header))] + chunks
}

/// Bytes that no compressor shrinks.
func noise(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        for offset in stride(from: 0, to: count, by: 8) {
            withUnsafeBytes(of: generator.next()) { word in
                let part = min(8, count - offset)
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[offset..<(offset + part)])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: word[..<part]))
            }
        }
        initialized = count
    }
}

/// The status that `body` throws.
func refusal(_ body: () async throws -> Void) async throws -> GRPCStatus {
    do {
        try await body()
    } catch let status as GRPCStatus {
        return status
    }
    Issue.record("nothing was refused")
    return .ok
}
