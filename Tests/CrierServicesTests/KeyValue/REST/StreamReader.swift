import Glibc
import NIOCore

/// A reader of one event stream over a socket: HTTP's chunks off, one event after the other.
final class StreamReader {
    /// The stream is over.
    struct Ended: Error {}

    private var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    /// What came and was not read yet: of the connection, and of the stream in its chunks.
    private var bytes = ByteBuffer()
    private var events = ByteBuffer()
    private(set) var head = ""

    private init(_ parts: NIOAsyncChannelInboundStream<ByteBuffer>) {
        self.parts = parts.makeAsyncIterator()
    }

    static func with<Result>(
        _ server: HTTPServer,
        _ target: String,
        _ headers: [(String, String)] = [],
        _ body: (StreamReader) async throws -> Result
    ) async throws -> Result {
        try await server.connection()
            .executeThenClose { inbound, outbound in
                var request = "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                for (name, value) in headers { request += "\(name): \(value)\r\n" }
                try await outbound.write(ByteBuffer(string: request + "\r\n"))
                let reader = StreamReader(inbound)
                reader.head = try await reader.text(until: "\r\n\r\n")
                return try await body(reader)
            }
    }

    /// The next event, without the empty line behind it.
    func next() async throws -> String {
        var searched = 0
        while true {
            if let event = events.read(until: "\n\n", from: &searched) { return event }
            let size = try await text(until: "\r\n")
            guard let count = Int(size, radix: 16), count > 0 else { throw Ended() }
            while bytes.readableBytes < count + 2 { try await more() }
            var chunk = bytes.readSlice(length: count) ?? ByteBuffer()
            bytes.moveReaderIndex(forwardBy: 2)
            events.writeBuffer(&chunk)
        }
    }

    private func text(until separator: String) async throws -> String {
        var searched = 0
        while true {
            if let text = bytes.read(until: separator, from: &searched) { return text }
            try await more()
        }
    }

    private func more() async throws {
        guard var part = try await parts.next(isolation: #isolation) else { throw Ended() }
        bytes.discardReadBytes()
        bytes.writeBuffer(&part)
    }
}

extension ByteBuffer {
    /// The text before a separator, which goes as well. `searched`: readable bytes in which it cannot begin.
    fileprivate mutating func read(until separator: String, from searched: inout Int) -> String? {
        let length = separator.utf8.count
        let found = withUnsafeReadableBytes { bytes -> Int? in
            guard let start = bytes.baseAddress else { return nil }
            var from = searched
            while from + length <= bytes.count,
                let place = memchr(start + from, Int32(separator.utf8.first ?? 0), bytes.count - from)
            {
                from = UnsafeRawPointer(place) - start
                if from + length <= bytes.count, memcmp(place, separator, length) == 0 { return from }
                from += 1
            }
            return nil
        }
        guard let found else {
            searched = Swift.max(0, readableBytes - length)
            return nil
        }
        defer { moveReaderIndex(forwardBy: length) }
        return readString(length: found)
    }
}
