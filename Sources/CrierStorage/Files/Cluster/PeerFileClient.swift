import CrierCodecs
public import CrierCore
public import CrierGRPC
import CrierMessages
public import NIOCore
import Synchronization

/// The files of the other nodes, over the peer doors that the registry names.
public final class PeerFileClient: PeerFiles {
    private struct State {
        var channels: [HostPort: GRPCChannel] = [:]
        var isClosed = false
    }

    private let directory: any RouteDirectory
    private let configuration: ChannelConfiguration
    private let metadata: Metadata
    private let silence: Duration
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    /// - Parameters:
    ///   - configuration: how other nodes are spoken to; TLS, if it is spoken.
    ///   - metadata: what proves that a node of the cluster calls.
    ///   - silence: of a node in the middle of a file, after which the file is not read from it any more; nil: 10 s.
    public init(
        _ directory: any RouteDirectory,
        configuration: ChannelConfiguration,
        metadata: Metadata,
        silence: Duration? = nil,
        group: any EventLoopGroup
    ) {
        self.directory = directory
        self.configuration = configuration
        self.metadata = metadata
        self.silence = silence ?? FileStoreLimits.copySilence
        self.group = group
    }

    /// Ends all connections; calls that are open fail.
    public func close() async {
        let channels = state.withLock { state in
            state.isClosed = true
            defer { state.channels = [:] }
            return Array(state.channels.values)
        }
        for channel in channels { await channel.shutdown() }
    }

    public var takers: [String] { directory.nodes.filter { $0.state == .up }.map(\.id.rawValue) }

    public var givers: [String] { directory.nodes.map(\.id.rawValue) }

    public func read(
        _ digest: ContentDigest,
        from offset: Int64,
        of node: String,
        _ take: @Sendable (ByteBuffer, Int64) async throws(FileStoreError) -> Void
    ) async throws(FileStoreError) {
        let request = FileRequest(
            fileID: "\(digest)", offset: offset, ifSHA256: digest.bytes, maxChunkBytes: FileStoreLimits.copyChunkBytes
        )
        let stream = try channel(to: node)
            .open("crier.v1.FileService/DownloadFile", options: CallOptions(metadata: metadata, silence: silence))
        defer { stream.cancel() }
        do throws(GRPCStatus) {
            try await stream.send(request.framed)
        } catch {
            throw FileStoreError(error)
        }
        stream.finishSending()
        var isWhole = false
        while !isWhole, let chunk = try await ReceivedChunk(stream) {
            if chunk.bytes.readableBytes > 0 { try await take(chunk.bytes, chunk.offset) }
            isWhole = chunk.isLast
        }
        guard isWhole else { throw FileStoreError(.unavailable, "node \(node) gave only a part of \(digest)") }
    }

    public func hold(_ file: FileDescription, on node: String) async throws(FileStoreError) {
        let request = FileInfo(
            fileID: file.fileID, name: file.name, size: file.size, sha256: file.digest.bytes, blockSize: file.blockSize,
            createdAt: file.createdAt, nodes: file.nodes, mediaType: file.mediaType
        )
        let timeout = FileStoreLimits.copyGrace + .seconds(file.size / FileStoreLimits.copyBytesPerSecond)
        let channel = try channel(to: node)
        let options = CallOptions(timeout: timeout, metadata: metadata)
        do throws(GRPCStatus) {
            _ = try await channel.unary("crier.v1.PeerFileService/Hold", request.framed, options: options)
        } catch {
            throw FileStoreError(error)
        }
    }

    /// The connection to a node, made with its first call and kept.
    private func channel(to node: String) throws(FileStoreError) -> GRPCChannel {
        guard let address = directory.nodes.first(where: { $0.id.rawValue == node })?.peerAddress,
            let target = HostPort(address)
        else { throw FileStoreError(.unavailable, "node \(node) is not there now") }
        return try state.withLock { (state) throws(FileStoreError) in
            guard !state.isClosed else { throw FileStoreError(.unavailable, "the gateway is stopping") }
            if let channel = state.channels[target] { return channel }
            let channel = GRPCChannel(targets: [target], configuration: configuration, group: group)
            state.channels[target] = channel
            return channel
        }
    }
}

/// A chunk as it came, proven.
private struct ReceivedChunk {
    let bytes: ByteBuffer
    let offset: Int64
    let isLast: Bool

    /// nil: the answer has ended. Throws the other node's refusal, and `unavailable` for what is not as the contract
    /// says: another node may give it right.
    init?(_ stream: ClientStream) async throws(FileStoreError) {
        let message: ByteBuffer?
        do throws(GRPCStatus) {
            message = try await stream.next()
        } catch {
            throw FileStoreError(error)
        }
        guard let message else { return nil }
        let unpacked = message.withUnsafeReadableBytes { bytes in
            Result { () throws(WireError) in try FileChunk.unpackHead(bytes) }
        }
        guard case .success(let (head, content)) = unpacked, head.compression == .identity, let offset = head.offset,
            let bytes = message.getSlice(at: message.readerIndex + content.lowerBound, length: content.count)
        else { throw FileStoreError(.unavailable, "the other node's chunk is not as the contract says") }
        if let crc32c = head.crc32c, bytes.withUnsafeReadableBytes({ CRC32C.checksum($0) }) != crc32c {
            throw FileStoreError(.unavailable, "the other node's chunk at \(offset) does not have its checksum")
        }
        self.bytes = bytes
        self.offset = offset
        isLast = head.isLast
    }
}

extension WireMessage {
    fileprivate var framed: FramedMessage { pack { FramedMessage(payloadSize: $0, write: $1) } }
}

extension FileStoreError {
    /// What another node answered.
    fileprivate init(_ status: GRPCStatus) {
        let code: Code =
            switch status.code {
            case .notFound: .notFound
            case .resourceExhausted: .resourceExhausted
            case .failedPrecondition: .failedPrecondition
            // Damaged there: another node may have it whole.
            default: .unavailable
            }
        self.init(code, "another node: \(status)")
    }
}
