import Glibc

/// The file system's verbs that the store needs beside reading and writing. All calls block.
enum FileSystem {
    /// Makes a directory that only this user may look into; fine when it is there.
    static func makeDirectory(_ path: String) throws(DiskFault) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw DiskFault(call: "mkdir", code: errno) }
    }

    /// Makes a directory with all that lead to it.
    static func makeDirectories(_ path: String) throws(DiskFault) {
        var end = path.index(after: path.startIndex)
        while let slash = path[end...].firstIndex(of: "/") {
            if mkdir(String(path[..<slash]), 0o755) != 0, errno != EEXIST {
                throw DiskFault(call: "mkdir", code: errno)
            }
            end = path.index(after: slash)
        }
        try makeDirectory(path)
    }

    /// Returns when the directory's entries are on the disk: a rename is durable only after this (fsync(2)).
    static func synchroniseDirectory(_ path: String) throws(DiskFault) {
        let directory = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.number) == 0 else { throw DiskFault(call: "fsync", code: errno) }
    }

    /// Names in a directory, without `.` and `..`.
    static func entries(of path: String) throws(DiskFault) -> [String] {
        guard let directory = opendir(path) else { throw DiskFault(call: "opendir", code: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func rename(_ old: String, to new: String) throws(DiskFault) {
        guard Glibc.rename(old, new) == 0 else { throw DiskFault(call: "rename", code: errno) }
    }

    /// Fine when there is no such file.
    static func remove(_ path: String) throws(DiskFault) {
        guard unlink(path) == 0 || errno == ENOENT else { throw DiskFault(call: "unlink", code: errno) }
    }

    /// Bytes in the file, or nil when there is none.
    static func size(of path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// Which file is under a name, or nil when there is none.
    static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        return lstat(path, &status) == 0 ? FileIdentity(status) : nil
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Bytes that an ordinary user may still write to the disk that holds `path`.
    static func freeBytes(at path: String) throws(DiskFault) -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw DiskFault(call: "statvfs", code: errno) }
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }

    /// The whole file, at most `limit` bytes; nil when there is none.
    static func read(_ path: String, limit: Int) throws(DiskFault) -> [UInt8]? {
        guard exists(path) else { return nil }
        let file = try Descriptor(path, O_RDONLY)
        let size = Int(min(try file.size(), Int64(limit)))
        var bytes = [UInt8](repeating: 0, count: size)
        let got: Result<Int, DiskFault> = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(DiskFault) in try file.read(into: buffer, at: 0) }
        }
        return Array(bytes.prefix(try got.get()))
    }

    /// Puts `bytes` in the place of what `path` held: either the old or the new file is there after a crash.
    static func replace(_ path: String, with bytes: [UInt8]) throws(DiskFault) {
        try write(bytes, to: path + temporarySuffix)
        try rename(path + temporarySuffix, to: path)
    }

    /// Writes a file and brings it to the disk. Its name is durable after the directory is synchronised.
    static func write(_ bytes: [UInt8], to path: String) throws(DiskFault) {
        let file = try Descriptor(path, O_WRONLY | O_CREAT | O_TRUNC)
        let written: Result<Void, DiskFault> = bytes.withUnsafeBytes { buffer in
            Result { () throws(DiskFault) in try file.write(buffer, at: 0) }
        }
        try written.get()
        try file.synchronise()
    }

    /// Ends the name of a file that is not finished; whoever finds one at start may remove it.
    static let temporarySuffix = ".tmp"
}
