import Glibc

/// The directory that one gateway process owns: made when it is missing, locked while it is used.
///
/// `FORMAT` in it says which version of the layout it has; `LOCK` is what the owner holds with flock(2), which the
/// system lets go of however the process ends.
public final class DataDirectory: Sendable {
    /// The layout that this version writes and reads.
    static let format = 1

    public let path: String
    private let lock: Int32

    /// Throws `inUse`, `newer`, `foreign`, `damaged` or `unavailable`, naming the path.
    public init(opening path: String) throws(StorageError) {
        try Self.make(path)
        let descriptor = try Self.lock(path)
        do throws(StorageError) {
            try Self.checkFormat(path)
        } catch {
            close(descriptor)
            throw error
        }
        // Last: an initializer that throws after it set every property runs `deinit`, which would close it again.
        self.path = path
        lock = descriptor
    }

    deinit {
        // Not by closing alone: a child between its fork and its exec still has the descriptor, and with it the lock.
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// The path of something in the directory.
    public func path(of name: String) -> String { "\(path)/\(name)" }

    private static func make(_ path: String) throws(StorageError) {
        var made = path.utf8.first == UInt8(ascii: "/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST || isDirectory(made) else {
                throw StorageError(.unavailable, "data directory \(path): cannot make \(made): \(systemMessage())")
            }
        }
        guard isDirectory(path) else {
            throw StorageError(.unavailable, "data directory \(path): this is not a directory")
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func lock(_ path: String) throws(StorageError) -> Int32 {
        let file = "\(path)/LOCK"
        // Close-on-exec: a child that inherits the descriptor would hold the lock after this process.
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError(.unavailable, "data directory \(path): cannot open LOCK: \(systemMessage())")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let owner = read(file).map { " by process \($0)" } ?? ""
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw StorageError(.unavailable, "data directory \(path): cannot lock it: \(systemMessage(reason))")
            }
            throw StorageError(.inUse, "data directory \(path) is in use\(owner): every gateway needs its own")
        }
        // For the message of the process that comes second; the lock does not depend on it.
        _ = ftruncate(descriptor, 0)
        _ = "\(getpid())\n".withCString { pwrite(descriptor, $0, strlen($0), 0) }
        return descriptor
    }

    private static func checkFormat(_ path: String) throws(StorageError) {
        let file = "\(path)/FORMAT"
        guard access(file, F_OK) == 0 else {
            let strangers = entries(path).filter { !$0.hasPrefix(".") && $0 != "LOCK" && $0 != "lost+found" }
            guard strangers.isEmpty else {
                throw StorageError(
                    .foreign,
                    "data directory \(path) holds \(strangers.sorted()[0]) and no FORMAT: it is not a gateway's; "
                        + "name an empty directory"
                )
            }
            return try writeFormat(path)
        }
        let words = (read(file) ?? "").split(separator: " ")
        guard words.count == 2, words[0] == "crier", let number = Int(words[1]), number > 0 else {
            throw StorageError(.damaged, "data directory \(path): FORMAT should say \"crier \(format)\" and does not")
        }
        guard number <= format else {
            throw StorageError(
                .newer,
                "data directory \(path) has format \(number); this version knows \(format): use the version that wrote it"
            )
        }
    }

    /// Written beside and renamed: a crash leaves no half of it. The directory and its parent are brought to the disk
    /// too: after a power cut, a directory with data and without FORMAT would be taken for somebody else's.
    private static func writeFormat(_ path: String) throws(StorageError) {
        let temporary = "\(path)/.FORMAT"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let text = "crier \(format)\n"
        let isWritten =
            descriptor >= 0 && text.withCString { Glibc.write(descriptor, $0, strlen($0)) } == text.utf8.count
            && fsync(descriptor) == 0 && rename(temporary, "\(path)/FORMAT") == 0
        let reason = errno
        if descriptor >= 0 { close(descriptor) }
        guard isWritten, synchronize(path), synchronize("\(path)/..") else {
            throw StorageError(
                .unavailable,
                "data directory \(path): cannot write FORMAT: \(systemMessage(isWritten ? errno : reason))"
            )
        }
    }

    private static func synchronize(_ directory: String) -> Bool {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }

    /// The names in a directory, `.` and `..` too.
    static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    /// The first line of a small file.
    private static func read(_ file: String) -> String? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}

/// What the system says about an error number.
func systemMessage(_ number: Int32 = errno) -> String {
    String(cString: strerror(number))
}
