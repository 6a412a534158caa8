public import CrierCore
import Glibc
import Synchronization

extension SQLiteKeyValueStore {
    /// A copy of the whole database, made between commits while the store goes on working: as it is when this returns.
    /// One at a time; a second is refused as `unavailable`, and so is one for which the disk has no room.
    public func backup() async throws(KeyValueError) -> any StoreBackup {
        guard isCopying.exchange(true, ordering: .acquiringAndReleasing) == false else {
            throw KeyValueError(.unavailable, "a backup is being made already: try again when it is done")
        }
        defer { isCopying.store(false, ordering: .releasing) }
        let path = directory.path(of: "\(BackupFile.namePrefix)\(UInt64.random(in: 1...UInt64(Int64.max)))")
        do throws(KeyValueError) {
            try await copy(to: path)
            return
                try await archive.perform { [archive] in
                    Result { () throws(KeyValueError) in try BackupFile(path, archive) }
                }
                .get()
        } catch {
            unlink(path)
            throw error
        }
    }

    private func copy(to path: String) async throws(KeyValueError) {
        var isDone = try await copyStep { writer throws(SQLiteError) in
            writer.backup = try BackupCopy(of: writer.connection, to: path)
            return false
        }
        while !isDone {
            isDone = try await copyStep { writer throws(SQLiteError) in
                let isDone = try writer.backup?.step(pages: SQLiteLimits.backupPagesPerSlice) ?? true
                if isDone { writer.backup = nil }
                return isDone
            }
        }
    }

    private func copyStep(
        _ body: @escaping @Sendable (inout StoreWriter) throws(SQLiteError) -> Bool
    ) async throws(KeyValueError) -> Bool {
        try await alone { writer, _ throws(KeyValueError) in
            do throws(SQLiteError) {
                return try body(&writer)
            } catch {
                writer.backup = nil
                throw KeyValueError(.unavailable, "the backup failed: \(error.message)")
            }
        }
    }

    /// What a process that died while it made a backup has left.
    static func removeUnfinishedCopies(in directory: DataDirectory) {
        for name in DataDirectory.entries(directory.path) where name.hasPrefix(BackupFile.namePrefix) {
            unlink(directory.path(of: name))
        }
    }
}
