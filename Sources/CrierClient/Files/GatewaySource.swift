import CrierCodecs
import CrierMessages
import NIOCore
import Synchronization

/// A gateway as the source of a pull.
struct GatewaySource: ChunkSource {
    let link: GatewayLink

    func open(_ request: ChunkRequest) async throws(CrierClientError) -> any ChunkStream {
        let message = FileRequest(
            fileID: request.fileID,
            offset: request.offset,
            ifSHA256: request.digest.bytes,
            maxChunkBytes: Int32(clamping: request.maxChunkBytes),
            maxBytesPerSecond: request.maxBytesPerSecond,
            accept: [.zstd],
            messageID: request.messageID,
            rolloutID: request.rolloutID
        )
        return GatewayChunkStream(try await link.open(Methods.downloadFile, message))
    }

    func blocks(of order: PullOrder) async throws(CrierClientError) -> BlockTable? {
        let request = FileRequest(fileID: order.fileID, ifSHA256: order.digest.bytes)
        do throws(CrierClientError) {
            return try await collect(try await link.open(Methods.getFileBlocks, request), order.size)
        } catch  where error.code == .unsupported {
            return nil
        }
    }

    private func collect(
        _ stream: MessageStream<FileRequest, FileBlocks>,
        _ fileSize: Int64
    ) async throws(CrierClientError) -> BlockTable {
        defer { stream.cancel() }
        var digests: [UInt8] = []
        var blockSize: Int64 = 0
        while let blocks = try await stream.next() {
            let next = digests.count / BlockTable.digestBytes
            guard blocks.firstBlock == next else {
                let first = blocks.firstBlock
                throw CrierClientError(.protocolViolation, "block table: first_block is \(first); \(next) is next")
            }
            blockSize = blocks.blockSize
            digests += blocks.sha256s
            guard digests.count <= Limits.blocks * BlockTable.digestBytes else {
                throw CrierClientError(.protocolViolation, "a block table of more than \(Limits.blocks) blocks")
            }
        }
        // An empty file has no blocks, and so nobody needs to say how large they are.
        return try BlockTable(blockSize: fileSize == 0 ? 1 : blockSize, digests: digests, fileSize: fileSize)
    }
}

/// The chunks of one `DownloadFile`, decompressed.
private final class GatewayChunkStream: ChunkStream {
    private let stream: MessageStream<FileRequest, FileChunk>
    /// Made when the first compressed chunk comes. Used by one task at a time.
    private let decompressor = Mutex<ZstdDecompressor?>(nil)

    init(_ stream: MessageStream<FileRequest, FileChunk>) {
        self.stream = stream
    }

    func cancel() { stream.cancel() }

    func next() async throws(CrierClientError) -> Chunk? {
        guard let message = try await stream.next() else { return nil }
        return Chunk(
            content: try content(of: message),
            sequence: message.sequence,
            isLast: message.isLast,
            offset: message.offset,
            crc32c: message.crc32c,
            digest: message.info.flatMap { ContentDigest($0.sha256) }
        )
    }

    private func content(of message: FileChunk) throws(CrierClientError) -> [UInt8] {
        switch message.compression {
        case .identity: return message.content
        case .zstd: return try decompress(message)
        case .unrecognized(let number):
            throw CrierClientError(.protocolViolation, "chunk's compression is \(number); 0 and 1 (zstd) were accepted")
        }
    }

    private func decompress(_ message: FileChunk) throws(CrierClientError) -> [UInt8] {
        let limit = Int(Limits.chunkBytes.upperBound)
        let rawSize = Int(message.rawSize)
        guard (0...limit).contains(rawSize) else {
            throw CrierClientError(.protocolViolation, "chunk's raw_size is \(rawSize); 0 to \(limit) is allowed")
        }
        let content: [UInt8]
        do {
            content = try decompressor.withLock { decompressor in
                if decompressor == nil { decompressor = try ZstdDecompressor() }
                return try message.content.span.bytes.withUnsafeBytes { bytes in
                    try decompressor!.decompress(bytes, limit: rawSize)
                }
            }
        } catch {
            throw CrierClientError(.dataLoss, "chunk: \(error)", cause: error)
        }
        guard content.count == rawSize else {
            throw CrierClientError(.dataLoss, "chunk has \(content.count) bytes, raw_size says \(rawSize)")
        }
        return content
    }
}
