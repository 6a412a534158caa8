import CrierCodecs
import CrierGRPC
public import CrierMessages
import Crypto

extension Files {
    /// How far an upload is.
    public enum UploadProgress: Sendable, Equatable {
        /// Digesting the file, before anything is sent.
        case hashing(done: Int64, total: Int64)
        case sending(done: Int64, total: Int64)
        /// Waiting before another attempt; the text says why.
        case waiting(String)
    }

    /// Uploads a file and goes on where an earlier upload of the same content under the same name stopped.
    /// - Parameters:
    ///   - path: A regular file that does not change meanwhile.
    ///   - name: What it is called at the gateway; nil: the last component of `path`.
    ///   - mediaType: Kept with the file; may be empty.
    ///   - patience: How long without progress until it gives up.
    ///   - progress: Called from any thread.
    /// - Throws: `.invalidArgument` for a name, size or digest that the gateway refuses; `.busy` when it has no room;
    ///   `.changed` when the file changed while it was read; `.io`; `.unavailable` after `patience`.
    public func upload(
        _ path: String,
        name: String? = nil,
        mediaType: String = "",
        patience: Duration = .seconds(60),
        progress: @escaping @Sendable (UploadProgress) -> Void = { _ in }
    ) async throws(CrierClientError) -> FileInfo {
        let name = try SafeFileName(name ?? String(path.split(separator: "/").last ?? ""))
        let content = try await disk.run { () throws(CrierClientError) in try UploadContent(path: path, progress) }
        return try await Upload(files: self, content, name, mediaType, patience, progress).run()
    }
}

/// The file of an upload: opened once, digested once, seen to stay as it is.
struct UploadContent: Sendable {
    let file: DiskFile
    let size: Int64
    let digest: ContentDigest
    private let modified: Int64

    init(path: String, _ progress: (Files.UploadProgress) -> Void) throws(CrierClientError) {
        file = try DiskFile(reading: path)
        let status = try file.status()
        guard status.isRegularFile else { throw CrierClientError(.invalidArgument, "\(path) is not a regular file") }
        size = status.size
        modified = status.modified
        var hasher = SHA256()
        var done: Int64 = 0
        try HashBuffer()
            .feed(file, 0..<size) { bytes in
                hasher.update(bufferPointer: bytes)
                done += Int64(bytes.count)
                progress(.hashing(done: done, total: status.size))
            }
        digest = ContentDigest(hasher.finalize())
    }

    /// One chunk, with its checksum. Throws `.changed` when the file is no longer the one that was digested.
    func chunk(at offset: Int64) throws(CrierClientError) -> UploadChunk {
        var content = [UInt8](repeating: 0, count: Int(min(Limits.burstBytes, size - offset)))
        var span = content.mutableSpan
        let count = try span.withUnsafeMutableBytes { bytes throws(CrierClientError) in
            try file.read(into: bytes, at: offset)
        }
        let status = try file.status()
        guard count == content.count, status.size == size, status.modified == modified else {
            throw CrierClientError(.changed, "\(file.name) changed while it was uploaded")
        }
        return UploadChunk(content: content, offset: offset, crc32c: CRC32C.checksum(content))
    }
}

/// One file on its way up: asks how far the gateway has it, sends the rest, and again until it is there.
struct Upload: Sendable {
    private let files: Files
    private let content: UploadContent
    private let header: UploadHeader
    private let patience: Duration
    private let progress: @Sendable (Files.UploadProgress) -> Void

    init(
        files: Files,
        _ content: UploadContent,
        _ name: SafeFileName,
        _ mediaType: String,
        _ patience: Duration,
        _ progress: @escaping @Sendable (Files.UploadProgress) -> Void
    ) {
        self.files = files
        self.content = content
        self.patience = patience
        self.progress = progress
        // Made from what is uploaded, so that the next process finds the upload of the one that was killed.
        let nameDigest = ContentDigest(SHA256.hash(data: Array(name.value.utf8))).hex.prefix(16)
        header = UploadHeader(
            uploadID: "\(content.digest.hex)-\(nameDigest)",
            name: name.value,
            size: content.size,
            sha256: content.digest.bytes,
            mediaType: mediaType
        )
    }

    func run() async throws(CrierClientError) -> FileInfo {
        var backoff = Backoff(Limits.uploadBackoff)
        var best: Int64 = -1
        var progressed = files.clock.now
        while true {
            var committed: Int64 = 0
            do throws(CrierClientError) {
                let request = QueryUploadRequest(uploadID: header.uploadID)
                let state = try await files.link.call(Methods.queryUpload, request, timeout: Limits.callTimeout)
                if state.complete, let info = state.info { return info }
                committed = state.committed
                if committed > best {
                    (best, progressed) = (committed, files.clock.now)
                    backoff.reset()
                }
                return try await send(from: committed)
            } catch {
                guard isWorthAnother(error), files.clock.now - progressed < patience else { throw error }
                progress(.waiting(error.message))
                try await sleep(max(backoff.next(random: files.random()), error.retryAfter ?? .zero))
            }
        }
    }

    private func isWorthAnother(_ error: CrierClientError) -> Bool {
        switch error.code {
        case .unavailable, .deadlineExceeded, .internalError, .dataLoss, .truncated: !Task.isCancelled
        // Another upload of the same file moved the offset on; a full gateway may be emptied.
        case .changed, .busy: !Task.isCancelled && error.cause is GRPCStatus
        // The server cancelled; our own cancellation ends it.
        case .cancelled: !Task.isCancelled
        default: false
        }
    }

    /// Sends and listens at once: a gateway that refuses says so in the middle, and need not be sent the rest.
    private func send(from offset: Int64) async throws(CrierClientError) -> FileInfo {
        guard (0...content.size).contains(offset) else {
            throw CrierClientError(.protocolViolation, "committed is \(offset); 0 to \(content.size) is possible")
        }
        let stream = files.link.open(Methods.uploadFile)
        defer { stream.cancel() }
        async let fed = feed(stream, from: offset)
        async let answered = answer(stream)
        if let ours = await fed { throw ours }
        return try await answered.get()
    }

    /// Returns what went wrong on this side. What went wrong on the other is in the answer.
    private func feed(
        _ stream: MessageStream<UploadRequest, FileInfo>,
        from offset: Int64
    ) async -> CrierClientError? {
        var header = header
        header.offset = offset
        guard (try? await stream.send(UploadRequest(part: .header(header)))) != nil else { return nil }
        var position = offset
        while position < content.size {
            let chunk: UploadChunk
            do throws(CrierClientError) {
                let (content, next) = (content, position)
                chunk = try await files.disk.run { () throws(CrierClientError) in try content.chunk(at: next) }
            } catch {
                stream.cancel()
                return error
            }
            guard (try? await stream.send(UploadRequest(part: .chunk(chunk)))) != nil else { return nil }
            position += Int64(chunk.content.count)
            progress(.sending(done: position, total: content.size))
        }
        stream.finishSending()
        return nil
    }

    private func answer(_ stream: MessageStream<UploadRequest, FileInfo>) async -> Result<FileInfo, CrierClientError> {
        do throws(CrierClientError) {
            if let info = try await stream.next() { return .success(info) }
            return .failure(CrierClientError(.truncated, "the gateway ended the upload without an answer"))
        } catch {
            return .failure(error)
        }
    }

    private func sleep(_ pause: Duration) async throws(CrierClientError) {
        do {
            try await files.clock.sleep(for: pause)
        } catch {
            throw CrierClientError(.cancelled, "the upload was cancelled; the gateway keeps what it has", cause: error)
        }
    }
}
