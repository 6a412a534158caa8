import CrierCore
import Glibc
import Synchronization

/// A finished copy on its way out. Its file has no name any more, so that nothing is left of it however this ends.
final class BackupFile: StoreBackup {
    /// How the files begin that are being written: what is left of them after a crash is removed at the next start.
    static let namePrefix = "kv-backup-"

    let byteCount: Int64
    private let descriptor: Int32
    private let threads: ReadConnection
    private let offset = Mutex<Int64>(0)

    /// Takes over a copy: brings it to the disk and removes its name.
    init(_ path: String, _ threads: ReadConnection) throws(KeyValueError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("cannot open \(path)") }
        unlink(path)
        var status = stat()
        guard fsync(descriptor) == 0, fstat(descriptor, &status) == 0 else {
            let error = Self.failure("cannot write \(path)")
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.threads = threads
        byteCount = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    func next() async throws(KeyValueError) -> [UInt8]? {
        let piece = await threads.perform { self.readPiece() }
        return try piece.get()
    }

    private func readPiece() -> Result<[UInt8]?, KeyValueError> {
        offset.withLock { offset in
            let wanted = Int(min(Int64(KeyValueLimits.backupPieceBytes), byteCount - offset))
            guard wanted > 0 else { return .success(nil) }
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
                count = pread(descriptor, buffer.baseAddress, wanted, off_t(offset))
                initialized = max(count, 0)
            }
            guard count > 0 else { return .failure(Self.failure("cannot read the copy")) }
            offset += Int64(count)
            return .success(bytes)
        }
    }

    private static func failure(_ doing: String) -> KeyValueError {
        KeyValueError(.unavailable, "the backup failed: \(doing): \(systemMessage())")
    }
}
