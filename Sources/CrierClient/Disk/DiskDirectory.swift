import Glibc

/// One open directory. Names given to it are single components and symbolic links are never followed, so nothing that
/// a peer says can lead out of it. Every call may block on the disk.
final class DiskDirectory: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens the user's own path, links and all; creates it and what is missing above it when `create` is set.
    init(path: String, create: Bool = false) throws(CrierClientError) {
        if create { try Self.makeDirectories(path) }
        self.path = path
        descriptor = Int32(
            try check("open", path) { Int(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) }
        )
    }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The directory of that name in this one, made when it is missing, for this user only.
    func subdirectory(_ name: String) throws(CrierClientError) -> DiskDirectory {
        if mkdirat(descriptor, name, 0o700) != 0, errno != EEXIST {
            throw CrierClientError(SystemCallError(call: "mkdir", subject: full(name), errno: errno))
        }
        let child = try check("openat", full(name)) {
            Int(openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
        }
        return DiskDirectory(path: full(name), descriptor: Int32(child))
    }

    /// Opens for reading and writing; makes the file, for this user only, when it is missing.
    func openForWriting(_ name: String, emptied: Bool = false) throws(CrierClientError) -> DiskFile {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (emptied ? O_TRUNC : 0)
        let file = try check("openat", full(name)) { Int(openat(descriptor, name, flags, 0o600)) }
        return DiskFile(name: full(name), descriptor: Int32(file))
    }

    /// Nil when there is no regular file of that name.
    func openForReading(_ name: String) throws(CrierClientError) -> DiskFile? {
        guard try status(name)?.isRegularFile == true else { return nil }
        let file = try check("openat", full(name)) {
            Int(openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC))
        }
        return DiskFile(name: full(name), descriptor: Int32(file))
    }

    /// Nil when there is nothing of that name.
    func status(_ name: String) throws(CrierClientError) -> FileStatusRecord? {
        var record = stat()
        if fstatat(descriptor, name, &record, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatusRecord(record) }
        if errno == ENOENT { return nil }
        throw CrierClientError(SystemCallError(call: "fstatat", subject: full(name), errno: errno))
    }

    /// Replaces what `target` has under `newName`, in one step.
    func rename(_ name: String, to target: DiskDirectory, as newName: String) throws(CrierClientError) {
        _ = try check("renameat", "\(full(name)) to \(target.full(newName))") {
            Int(renameat(descriptor, name, target.descriptor, newName))
        }
    }

    /// Does nothing when there is no such file.
    func remove(_ name: String) throws(CrierClientError) {
        if unlinkat(descriptor, name, 0) != 0, errno != ENOENT {
            throw CrierClientError(SystemCallError(call: "unlinkat", subject: full(name), errno: errno))
        }
    }

    /// Removes the directory of that name if nothing is in it.
    func removeIfEmpty(_ name: String) {
        unlinkat(descriptor, name, AT_REMOVEDIR)
    }

    /// Names that were made, moved or removed are on the disk when it returns.
    func sync() throws(CrierClientError) {
        _ = try check("fsync", path) { Int(fsync(descriptor)) }
    }

    /// Bytes that this user may still write.
    func freeBytes() throws(CrierClientError) -> Int64 {
        var record = statvfs()
        _ = try check("fstatvfs", path) { Int(fstatvfs(descriptor, &record)) }
        return Int64(
            clamping: UInt64(record.f_bavail).multipliedReportingOverflow(by: UInt64(record.f_frsize)).partialValue
        )
    }

    /// Every name but `.` and `..`, in no order.
    func names() throws(CrierClientError) -> [String] {
        // A descriptor of its own: readdir(3) moves the position, and closedir(3) closes what it was given.
        let copy = Int32(try check("openat", path) { Int(openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) })
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw CrierClientError(SystemCallError(call: "fdopendir", subject: path, errno: errno))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func full(_ name: String) -> String { "\(path)/\(name)" }

    /// The process's umask. There is no way to read it but to set it: read once, before anything runs beside us.
    static let fileCreationMask: UInt32 = {
        let mask = umask(0o077)
        umask(mask)
        return mask
    }()

    private static func makeDirectories(_ path: String) throws(CrierClientError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? "\(component)" : "/\(component)"
            if mkdir(prefix, 0o755) != 0, errno != EEXIST, errno != EISDIR {
                throw CrierClientError(SystemCallError(call: "mkdir", subject: prefix, errno: errno))
            }
        }
    }
}
