/// One HTTP/2 frame, for conversations by hand (RFC 9113 §4.1).
struct Frame: Equatable, CustomStringConvertible {
    enum Kind: UInt8 {
        case data = 0, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    var type: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    var kind: Kind? { Kind(rawValue: type) }
    var isAck: Bool { flags & 1 != 0 }
    var endsStream: Bool { flags & 1 != 0 }

    var bytes: [UInt8] {
        let length = payload.count
        let head = [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
        return head + Self.big(stream) + payload
    }

    var description: String {
        "\(kind.map { "\($0)" } ?? "type \(type)") flags \(flags) stream \(stream) \(payload.count) bytes"
    }

    /// The error code of RST_STREAM or GOAWAY.
    var errorCode: UInt32? {
        switch kind {
        case .reset: Self.number(payload, at: 0)
        case .goAway: Self.number(payload, at: 4)
        default: nil
        }
    }

    /// The text of a GOAWAY.
    var debugText: String { String(decoding: payload.dropFirst(8), as: UTF8.self) }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func settings(_ values: [(UInt16, UInt32)] = []) -> Frame {
        Frame(type: 4, payload: values.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 255)] + big($0.1) })
    }
    static let settingsAck = Frame(type: 4, flags: 1)
    static func ping(ack: Bool = false) -> Frame {
        Frame(type: 6, flags: ack ? 1 : 0, payload: Array(repeating: 7, count: 8))
    }
    static func data(_ stream: UInt32, _ bytes: [UInt8], end: Bool = false) -> Frame {
        Frame(type: 0, flags: end ? 1 : 0, stream: stream, payload: bytes)
    }
    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Frame {
        Frame(type: 3, stream: stream, payload: big(code))
    }
    static func windowUpdate(_ stream: UInt32, _ by: UInt32) -> Frame {
        Frame(type: 8, stream: stream, payload: big(by))
    }

    /// A request's header block, every field a literal without indexing (RFC 7541 §6.2.2).
    static func headers(
        _ stream: UInt32, _ fields: [(String, String)] = request, end: Bool = false, last: Bool = true
    ) -> Frame {
        Frame(type: 1, flags: (last ? 4 : 0) | (end ? 1 : 0), stream: stream, payload: block(fields))
    }

    static func continuation(_ stream: UInt32, _ fields: [(String, String)], last: Bool) -> Frame {
        Frame(type: 9, flags: last ? 4 : 0, stream: stream, payload: block(fields))
    }

    static let request = [(":method", "POST"), (":scheme", "http"), (":path", "/a/B"), (":authority", "x")]

    private static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + string($0.0) + string($0.1) }
    }

    /// A string literal with its length as a 7-bit prefix integer (RFC 7541 §5.1).
    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var length: [UInt8] = [127]
        while rest >= 128 {
            length.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return length + [UInt8(rest)] + bytes
    }

    private static func big(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    private static func number(_ bytes: [UInt8], at index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Cuts bytes into frames; what is left over stays in `bytes`.
    static func parse(_ bytes: inout [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var start = 0
        while bytes.count - start >= 9 {
            let length = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            guard bytes.count - start >= 9 + length else { break }
            frames.append(
                Frame(
                    type: bytes[start + 3], flags: bytes[start + 4], stream: number(bytes, at: start + 5) & 0x7FFF_FFFF,
                    payload: Array(bytes[start + 9..<start + 9 + length])
                )
            )
            start += 9 + length
        }
        bytes.removeFirst(start)
        return frames
    }
}
