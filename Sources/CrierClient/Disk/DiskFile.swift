import Glibc

/// One open file. Owns the descriptor; every call may block on the disk.
final class DiskFile: Sendable {
    let name: String
    private let descriptor: Int32

    /// Takes over `descriptor`.
    init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    /// Opens a file of the user's own, links and all.
    init(reading path: String) throws(CrierClientError) {
        name = path
        descriptor = Int32(try check("open", path) { Int(open(path, O_RDONLY | O_CLOEXEC)) })
    }

    deinit { close(descriptor) }

    func status() throws(CrierClientError) -> FileStatusRecord {
        var record = stat()
        _ = try check("fstat", name) { Int(fstat(descriptor, &record)) }
        return FileStatusRecord(record)
    }

    /// Reads up to `buffer.count` bytes; fewer only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(CrierClientError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try check("pread", name) {
                pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(CrierClientError) {
        var done = 0
        while done < bytes.count {
            done += try check("pwrite", name) {
                pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset) + off_t(done))
            }
        }
    }

    func truncate(to size: Int64) throws(CrierClientError) {
        _ = try check("ftruncate", name) { Int(ftruncate(descriptor, off_t(size))) }
    }

    func setMode(_ mode: mode_t) throws(CrierClientError) {
        _ = try check("fchmod", name) { Int(fchmod(descriptor, mode)) }
    }

    /// Contents and size are on the disk when it returns (fdatasync).
    func syncData() throws(CrierClientError) {
        _ = try check("fdatasync", name) { Int(fdatasync(descriptor)) }
    }

    /// Contents and everything about the file are on the disk when it returns (fsync).
    func sync() throws(CrierClientError) {
        _ = try check("fsync", name) { Int(fsync(descriptor)) }
    }

    /// Takes the writer's lock without waiting; throws `.locked` when somebody else has it.
    ///
    /// flock(2) belongs to the open file, not to the process: it holds between processes and inside one.
    func lock() throws(CrierClientError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { throw CrierClientError(.locked, "\(name) is being written by another process") }
            throw CrierClientError(SystemCallError(call: "flock", subject: name, errno: errno))
        }
    }
}

/// What matters of `struct stat`.
struct FileStatusRecord: Sendable, Equatable {
    var inode: UInt64
    var size: Int64
    var isRegularFile: Bool
    var isDirectory: Bool
    /// Seconds since 1970.
    var modified: Int64

    init(_ record: stat) {
        inode = UInt64(record.st_ino)
        size = Int64(record.st_size)
        isRegularFile = record.st_mode & S_IFMT == S_IFREG
        isDirectory = record.st_mode & S_IFMT == S_IFDIR
        modified = Int64(record.st_mtim.tv_sec)
    }
}
