import CrierClient
import Glibc

/// What comes on standard input or stands in a file, read whole or line by line; neither may be larger than it should.
enum Input {
    /// All of a file; `-` is standard input.
    /// - Throws: `.io` when it cannot be read, `.invalidArgument` when it has more than `limit` bytes.
    static func bytes(of path: String, limit: Int) throws(CrierClientError) -> [UInt8] {
        var lines = try ByteReader(path)
        var bytes: [UInt8] = []
        while let piece = try lines.next() {
            bytes += piece
            guard bytes.count <= limit else {
                throw CrierClientError(.invalidArgument, "\(lines.name) has more than \(limit) bytes")
            }
        }
        return bytes
    }
}

/// The bytes of a file or of standard input, piece by piece.
struct ByteReader: ~Copyable {
    /// How it is called in messages.
    let name: String
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Opens a file; `-` is standard input.
    init(_ path: String) throws(CrierClientError) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(name) }
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next bytes; nil at the end.
    mutating func next() throws(CrierClientError) -> ArraySlice<UInt8>? {
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            return count == 0 ? nil : buffer[..<count]
        }
    }

    private static func failure(_ name: String) -> CrierClientError {
        CrierClientError(.io, "\(name) cannot be read: \(String(cString: strerror(errno)))")
    }
}

/// The lines of a file or of standard input, without their ends.
struct LineReader: ~Copyable {
    private var reader: ByteReader
    private let limit: Int
    private var rest: [UInt8] = []
    private var begin = 0
    private var isAtEnd = false

    /// - Parameter limit: Bytes of a line at most.
    init(_ path: String, limit: Int) throws(CrierClientError) {
        reader = try ByteReader(path)
        self.limit = limit
    }

    /// The next line; nil after the last.
    mutating func next() throws(CrierClientError) -> [UInt8]? {
        var searched = begin
        while true {
            if let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { begin = end + 1 }
                return Array(rest[begin..<end])
            }
            guard !isAtEnd else {
                defer { begin = rest.endIndex }
                return begin == rest.endIndex ? nil : Array(rest[begin...])
            }
            rest.removeFirst(begin)
            (begin, searched) = (0, rest.endIndex)
            guard rest.count <= limit else {
                throw CrierClientError(.invalidArgument, "\(reader.name): a line has more than \(limit) bytes")
            }
            if let piece = try reader.next() { rest += piece } else { isAtEnd = true }
        }
    }
}
