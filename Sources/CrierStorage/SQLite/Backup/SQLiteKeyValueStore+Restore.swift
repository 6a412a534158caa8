import Glibc

extension SQLiteKeyValueStore {
    /// Makes a backup's file the store of a data directory that no gateway uses, in the place of what is there. The
    /// epoch changes: whoever remembers a position of before must read again.
    ///
    /// The file is copied and every row and index of it checked before anything is replaced, so that a file that cannot
    /// be used changes nothing. A crash leaves either store, whole.
    ///
    /// - Parameter directory: made when it is missing.
    ///
    /// Throws `inUse` when a gateway has the directory, `newer`, `foreign` or `damaged` for the file, `unavailable`.
    public static func restore(from file: String, into directory: String) throws(StorageError) {
        guard DatabaseFile.bytes("\(file)-wal") == 0 else {
            throw StorageError(
                .foreign, "\(file) is no backup but a store in use or after a crash: \(file)-wal stands beside it")
        }
        let directory = try DataDirectory(opening: directory)
        let store = directory.path(of: DatabaseFile.name)
        let candidate = directory.path(of: "\(BackupFile.namePrefix)restored")
        do throws(StorageError) {
            try copyFile(file, to: candidate)
            let epoch = UInt64.random(in: 1...UInt64(Int64.max))
            try DatabaseFile.prepareRestored(candidate, epoch: epoch, shownAs: file)
            try synchronize(candidate)
            try replace(store, with: candidate, in: directory)
        } catch {
            unlink(candidate)
            throw error
        }
    }

    /// Checks every row and every index of a backup's file, and changes nothing of them.
    ///
    /// Throws `newer`, `foreign` or `damaged`, naming the file, and `unavailable`.
    public static func verify(backup file: String) throws(StorageError) {
        try DatabaseFile.verify(file)
    }

    /// A log that stays beside another database would be read as its own: it goes first, written back by then.
    private static func replace(
        _ store: String,
        with candidate: String,
        in directory: DataDirectory
    ) throws(StorageError) {
        DatabaseFile.writeBackLog(store)
        for suffix in ["-wal", "-shm"] {
            guard unlink(store + suffix) == 0 || errno == ENOENT else {
                throw failure("cannot remove \(store)\(suffix)")
            }
        }
        try synchronize(directory.path)
        guard rename(candidate, store) == 0 else { throw failure("cannot rename \(candidate) to \(store)") }
        try synchronize(directory.path)
    }

    private static func copyFile(_ file: String, to target: String) throws(StorageError) {
        let input = open(file, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw failure("cannot open \(file)") }
        defer { Glibc.close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure("cannot make \(target)") }
        defer { Glibc.close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0 else { throw failure("cannot read \(file)") }
            var written = 0
            while written < count {
                let more = buffer[written..<count].withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                guard more > 0 else { throw failure("cannot write \(target)") }
                written += more
            }
        }
    }

    private static func synchronize(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open \(path)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot bring \(path) to the disk") }
    }

    private static func failure(_ doing: String) -> StorageError {
        StorageError(.unavailable, "restore: \(doing): \(systemMessage())")
    }
}
