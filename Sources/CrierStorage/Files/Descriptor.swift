import Glibc

/// A file, as the system tells files apart.
struct FileIdentity: Equatable, Sendable {
    private let device: dev_t
    private let inode: ino_t

    init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }
}

/// An open file; closed when it goes out of scope. All calls block.
struct Descriptor: ~Copyable, Sendable {
    let number: CInt

    init(_ path: String, _ flags: CInt, mode: mode_t = 0o600) throws(DiskFault) {
        let number = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw DiskFault(call: "open", code: errno) }
        self.number = number
    }

    deinit { close(number) }

    /// A second descriptor of the same open file, for a caller who closes it.
    func duplicate() throws(DiskFault) -> CInt {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw DiskFault(call: "fcntl", code: errno) }
        return copy
    }

    /// Bytes in the file.
    func size() throws(DiskFault) -> Int64 {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw DiskFault(call: "fstat", code: errno) }
        return Int64(status.st_size)
    }

    /// Which file this is, whatever its name.
    func identity() throws(DiskFault) -> FileIdentity {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw DiskFault(call: "fstat", code: errno) }
        return FileIdentity(status)
    }

    /// Fills `target` from `offset` on; returns fewer bytes only at the end of the file.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int64) throws(DiskFault) -> Int {
        var done = 0
        while done < target.count {
            let got = pread(number, target.baseAddress! + done, target.count - done, off_t(offset) + off_t(done))
            if got < 0 {
                if errno == EINTR { continue }
                throw DiskFault(call: "pread", code: errno)
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// Writes all of `bytes` at `offset`. After a failure some of them may be there.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(DiskFault) {
        var done = 0
        while done < bytes.count {
            let put = pwrite(number, bytes.baseAddress! + done, bytes.count - done, off_t(offset) + off_t(done))
            if put < 0 {
                if errno == EINTR { continue }
                throw DiskFault(call: "pwrite", code: errno)
            }
            done += put
        }
    }

    func truncate(to size: Int64) throws(DiskFault) {
        guard ftruncate(number, off_t(size)) == 0 else { throw DiskFault(call: "ftruncate", code: errno) }
    }

    /// Returns when the bytes, and the size that is needed to read them, are on the disk.
    func synchronise() throws(DiskFault) {
        guard fdatasync(number) == 0 else { throw DiskFault(call: "fdatasync", code: errno) }
    }
}
