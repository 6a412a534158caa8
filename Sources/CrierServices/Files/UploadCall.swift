import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One `UploadFile`: the header, then chunks, each taken when the one before it is written. What is not taken waits in
/// the stream's window, so the sender is as fast as the disk.
struct UploadCall {
    private let call: AsyncCall
    private let store: any FileStore
    private let watch: SilenceWatch

    init(_ call: AsyncCall, _ store: any FileStore, silence: Duration) {
        self.call = call
        self.store = store
        watch = SilenceWatch(call, limit: silence)
    }

    func run() async throws {
        try await watch.run { try await upload() }
    }

    private func upload() async throws {
        let beginning = try await header()
        switch try await store.beginUpload(beginning) {
        case .complete(let file):
            try await call.send(FramedMessage(FileInfo(file)))
        case .ready(let upload):
            let file = try await take(upload, from: beginning.offset)
            try await call.send(FramedMessage(FileInfo(file)))
        }
    }

    private func header() async throws -> UploadBeginning {
        guard let message = try await watch.next() else {
            throw GRPCStatus(.invalidArgument, "the first message must be the header; none came")
        }
        let request = try message.withUnsafeReadableBytes { try UploadRequest.unpackHead($0).head }
        guard case .header(let header) = request.part else {
            throw GRPCStatus(.invalidArgument, "the first message must be the header")
        }
        return try UploadBeginning(header)
    }

    /// All chunks to the end of the stream. However the stream ends, what is written is kept.
    private func take(_ upload: any FileUpload, from offset: Int64) async throws -> FileDescription {
        do {
            while let message = try await watch.next() {
                let (chunk, content) = try Self.chunk(message)
                try await upload.append(content, at: chunk.offset, crc32c: chunk.crc32c)
            }
            return try await upload.finish()
        } catch {
            await upload.suspend()
            throw error
        }
    }

    private static func chunk(_ message: ByteBuffer) throws -> (UploadChunk, ByteBuffer) {
        let (request, content) = try message.withUnsafeReadableBytes { try UploadRequest.unpackHead($0) }
        guard case .chunk(let chunk) = request.part else {
            throw GRPCStatus(.invalidArgument, "after the header, every message must be a chunk")
        }
        guard let bytes = message.getSlice(at: message.readerIndex + content.lowerBound, length: content.count) else {
            throw GRPCStatus(.internalError, "a chunk's content is outside of its message")
        }
        return (chunk, bytes)
    }
}

extension UploadBeginning {
    /// Throws INVALID_ARGUMENT naming the field.
    init(_ header: UploadHeader) throws(FileStoreError) {
        var digest: ContentDigest?
        if !header.sha256.isEmpty {
            guard let given = ContentDigest(header.sha256) else {
                throw .invalidArgument(
                    "sha256", "of \(header.sha256.count) bytes",
                    "is no digest; 0 or \(ContentDigest.byteCount) bytes are allowed"
                )
            }
            digest = given
        }
        try self.init(
            id: UploadID(header.uploadID), name: FileName(header.name, field: "name"), size: header.size,
            digest: digest,
            offset: header.offset, mediaType: header.mediaType
        )
    }
}
