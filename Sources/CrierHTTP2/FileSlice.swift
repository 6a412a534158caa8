import Glibc
import NIOCore

/// A file that is open for reading; closed with its last reference.
public final class ReadableFile: Sendable {
    let descriptor: CInt

    /// Takes over an open file descriptor.
    public init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Calls `body` with the descriptor, which stays open for that long.
    public func withDescriptor<R>(_ body: (CInt) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(descriptor) }
    }

    /// A handle of its own on the same file, for NIO; nil when the process has no descriptor left.
    func duplicate() -> NIOFileHandle? {
        let copy = dup(descriptor)
        return copy < 0 ? nil : NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: copy)
    }

    /// Reads exactly `count` bytes at `offset` (pread(2)). False when the file has fewer or the disk fails.
    func read(into target: UnsafeMutableRawPointer, count: Int, offset: Int64) -> Bool {
        var done = 0
        while done < count {
            let got = pread(descriptor, target + done, count - done, off_t(offset) + off_t(done))
            if got < 0, errno == EINTR { continue }
            if got <= 0 { return false }
            done += got
        }
        return true
    }
}

/// Bytes that are sent straight from a file: read from the page cache into the socket's buffer, when it has room.
public struct FileSlice: Sendable {
    public let file: ReadableFile
    /// First byte of the slice in the file.
    public let offset: Int64
    /// Length of the slice in bytes.
    public let count: Int

    public init(file: ReadableFile, offset: Int64, count: Int) {
        self.file = file
        self.offset = offset
        self.count = count
    }

    /// The slice without its first bytes.
    func dropping(_ bytes: Int) -> FileSlice {
        FileSlice(file: file, offset: offset + Int64(bytes), count: count - bytes)
    }
}
