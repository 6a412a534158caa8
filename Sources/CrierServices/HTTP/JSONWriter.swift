import NIOCore

/// Writes JSON (RFC 8259) into a buffer, without white space. The caller keeps to the order: a member or an element
/// where one may stand.
struct JSONWriter {
    private(set) var buffer: ByteBuffer
    /// Whether the next member or element is the first one of what is open.
    private var isFirst = true

    init(capacity: Int = 256) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    mutating func object(_ members: (inout JSONWriter) -> Void) {
        nested("{", "}", members)
    }

    mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        nested("[", "]") { json in
            for element in elements {
                json.separate()
                write(&json, element)
            }
        }
    }

    mutating func member(_ name: StaticString, _ value: String) {
        begin(name)
        string(value)
    }

    mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        begin(name)
        buffer.writeString(String(value))
    }

    mutating func member(_ name: StaticString, _ value: Bool) {
        begin(name)
        buffer.writeStaticString(value ? "true" : "false")
    }

    /// Seconds with as many digits as the milliseconds need.
    mutating func member(_ name: StaticString, seconds milliseconds: Int64) {
        begin(name)
        let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        guard rest != 0 else {
            buffer.writeString(String(whole))
            return
        }
        var fraction = String(1_000 + abs(rest)).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        buffer.writeString("\(milliseconds < 0 && whole == 0 ? "-" : "")\(whole).\(fraction)")
    }

    /// A member that is an object or an array.
    mutating func member(_ name: StaticString, _ value: (inout JSONWriter) -> Void) {
        begin(name)
        value(&self)
    }

    /// A member whose value is JSON already.
    mutating func member(_ name: String, raw value: ByteBuffer) {
        separate()
        string(name)
        buffer.writeStaticString(":")
        buffer.writeImmutableBuffer(value)
    }

    mutating func null() {
        buffer.writeStaticString("null")
    }

    private mutating func begin(_ name: StaticString) {
        separate()
        buffer.writeStaticString("\"")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }

    private mutating func separate() {
        if !isFirst { buffer.writeStaticString(",") }
        isFirst = false
    }

    private mutating func nested(
        _ opening: StaticString,
        _ closing: StaticString,
        _ body: (inout JSONWriter) -> Void
    ) {
        buffer.writeStaticString(opening)
        isFirst = true
        body(&self)
        isFirst = false
        buffer.writeStaticString(closing)
    }

    private mutating func string(_ value: String) {
        buffer.writeStaticString("\"")
        var value = value
        value.withUTF8 { bytes in
            // Runs without anything to escape are copied whole.
            var start = 0
            for (index, byte) in bytes.enumerated() where Self.isEscaped(byte) {
                buffer.writeBytes(UnsafeBufferPointer(rebasing: bytes[start..<index]))
                escape(byte)
                start = index + 1
            }
            buffer.writeBytes(UnsafeBufferPointer(rebasing: bytes[start...]))
        }
        buffer.writeStaticString("\"")
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case UInt8(ascii: "\n"): buffer.writeStaticString("\\n")
        case UInt8(ascii: "\r"): buffer.writeStaticString("\\r")
        case UInt8(ascii: "\t"): buffer.writeStaticString("\\t")
        default: buffer.writeString("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
        }
    }
}
