import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix

/// The methods that ask and tell in a message or a few.
struct FileQueries {
    private let call: AsyncCall
    private let context: FileService.Context

    init(_ call: AsyncCall, _ context: FileService.Context) {
        self.call = call
        self.context = context
    }

    private var store: any FileStore { context.store }

    func queryUpload() async throws {
        let request = try await call.request(QueryUploadRequest.self)
        let progress = try await store.uploadProgress(of: UploadID(request.uploadID))
        let state = UploadState(
            committed: progress.committed, complete: progress.file != nil, info: progress.file.map { FileInfo($0) }
        )
        try await call.send(FramedMessage(state))
    }

    func getFile() async throws {
        let order = try FileOrder(try await call.request(FileRequest.self), in: store.catalogue)
        try await call.send(FramedMessage(FileInfo(order.file)))
    }

    func listFiles() async throws {
        let prefix = try await call.request(ListFilesRequest.self).namePrefix
        guard prefix.utf8.count <= FileServiceLimits.prefixBytes else {
            throw FileStoreError.invalidArgument(
                "name_prefix", prefix,
                "has \(prefix.utf8.count) bytes; at most \(FileServiceLimits.prefixBytes) are allowed"
            )
        }
        for file in store.catalogue.list(prefix: prefix) { try await call.send(FramedMessage(FileInfo(file))) }
    }

    func deleteFile() async throws {
        let request = try await call.request(FileRequest.self)
        let id = try FileID(request.fileID)
        if !request.ifSHA256.isEmpty {
            let file = try store.catalogue.description(of: id, evenDamaged: true)
            try FileOrder.check(request.ifSHA256, is: file.digest)
        }
        try await call.send(FramedMessage(FileInfo(try await store.delete(id))))
    }

    /// The blocks that the range touches, so that a client with a large file can ask piece by piece.
    func getFileBlocks() async throws {
        let order = try FileOrder(try await call.request(FileRequest.self), in: store.catalogue)
        let file = try await whole(order.file.digest)
        let blocks = Self.blocks(of: order.range, blockSize: file.blockSize)
        var next = blocks.lowerBound
        repeat {
            let end = min(next + FileServiceLimits.digestsPerMessage, blocks.upperBound)
            let message = FileBlocks(
                blockSize: file.blockSize, firstBlock: Int64(next), sha256s: file.blockDigests(next..<end)
            )
            try await call.send(FramedMessage(message))
            next = end
        } while next < blocks.upperBound
    }

    private static func blocks(of range: Range<Int64>, blockSize: Int64) -> Range<Int> {
        let first = Int(range.lowerBound / blockSize)
        return first..<max(first, Int((range.upperBound + blockSize - 1) / blockSize))
    }

    /// The file with its table, which one on its way from another node has at the end.
    private func whole(_ digest: ContentDigest) async throws -> any StoredFile {
        let file = try await open(digest)
        let arrival = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        while !file.isHere(0..<file.size, orElse: { arrival.continuation.yield() }) {
            for await _ in arrival.stream { break }
            try Task.checkCancellation()
        }
        // Throws why it did not come.
        _ = try file.prepare(0..<0, chunkBytes: FileServiceLimits.defaultChunkBytes)
        return try await open(digest)
    }

    private func open(_ digest: ContentDigest) async throws -> any StoredFile {
        let store = store
        return try await context.threads.runIfActive { try store.open(digest) }
    }
}
