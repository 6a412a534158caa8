import CrierCore
import CrierGRPC
import CrierMessages
import Synchronization

/// The other gateway's backup, as it sends it.
final class RemoteBackup: StoreBackup {
    private struct Progress {
        /// The first piece, until it is asked for.
        var first: [UInt8]?
        var received: Int64 = 0
    }

    let byteCount: Int64
    private let stream: ClientStream
    private let progress: Mutex<Progress>

    /// Throws what the other gateway refuses it with.
    init(_ stream: ClientStream) async throws(KeyValueError) {
        guard let chunk = try await stream.next(as: BackupChunk.self) else {
            throw .malformed("first piece of a backup", isWrite: false)
        }
        self.stream = stream
        byteCount = Int64(clamping: chunk.totalSize)
        progress = Mutex(Progress(first: chunk.content))
    }

    deinit { stream.cancel() }

    func next() async throws(KeyValueError) -> [UInt8]? {
        var piece = progress.withLock { $0.first.take() }
        if piece == nil { piece = try await stream.next(as: BackupChunk.self)?.content }
        let received = progress.withLock { progress in
            progress.received += Int64(piece?.count ?? 0)
            return progress.received
        }
        if let piece, !piece.isEmpty { return piece }
        guard received == byteCount else {
            throw KeyValueError(.unavailable, "the backup was cut off: \(received) of \(byteCount) bytes came")
        }
        return nil
    }
}
