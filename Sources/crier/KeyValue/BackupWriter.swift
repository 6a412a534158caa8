import CrierClient
import Glibc

/// Writes a file beside its place, and gives it its name when it is whole and on the disk.
///
/// Until then it is called `….part`; what is there under its name stays until it is replaced in one step.
struct BackupWriter: ~Copyable {
    private let path: String
    private let part: String
    private let descriptor: Int32
    private(set) var byteCount: Int64 = 0

    /// Makes `….part`, in the place of one that an interrupted backup left.
    init(_ path: String) throws(CrierClientError) {
        self.path = path
        part = path + ".part"
        descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("\(part) cannot be made") }
    }

    deinit { close(descriptor) }

    mutating func write(_ bytes: [UInt8]) throws(CrierClientError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("\(part) cannot be written") }
            rest = rest.dropFirst(count)
        }
        byteCount += Int64(bytes.count)
    }

    /// Brings the file to the disk, lets `verify` look at it, and gives it its name.
    consuming func finish(verify: (String) throws -> Void) throws {
        guard fsync(descriptor) == 0 else { throw Self.failure("\(part) cannot be brought to the disk") }
        try verify(part)
        guard rename(part, path) == 0 else { throw Self.failure("\(part) cannot be renamed to \(path)") }
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if opened >= 0 { close(opened) } }
        guard opened >= 0, fsync(opened) == 0 else { throw Self.failure("\(directory) cannot be brought to the disk") }
    }

    /// The part is of no use to anybody.
    consuming func abandon() { unlink(part) }

    private static func failure(_ what: String) -> CrierClientError {
        let (number, code) = (errno, errno == ENOSPC || errno == EDQUOT ? CrierClientError.Code.noSpace : .io)
        return CrierClientError(code, "\(what): \(String(cString: strerror(number)))")
    }
}
