import CrierCore

/// Reads JSON (RFC 8259) from front to back, strictly, and gives numbers, objects and arrays as the text that came: a
/// 64-bit number does not pass through a `Double`, and a stored object keeps its spelling.
///
/// Every problem says at which byte, or names the member.
struct JSONReader {
    /// One value. Text that came as JSON keeps its spelling.
    enum Value: Equatable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case object(String)
        case array(String)
    }

    private let bytes: [UInt8]
    private var index = 0

    /// Reads the whole of a body with `read`: nothing may stand behind it.
    static func read<Result>(
        _ bytes: [UInt8],
        _ read: (inout JSONReader) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        var reader = JSONReader(bytes: bytes)
        let result = try read(&reader)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.broken("something stands behind the end of the object") }
        return result
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// An object. `member` reads the value of each member; none is there twice.
    ///
    /// - Parameter field: what the object is called in messages.
    mutating func object(
        _ field: String,
        _ member: (_ name: String, inout JSONReader) throws(Problem) -> Void
    ) throws(Problem) {
        guard next() == UInt8(ascii: "{") else { throw expected("an object", field) }
        index += 1
        var names = Set<String>()
        guard next() != UInt8(ascii: "}") else { return index += 1 }
        while true {
            guard next() == UInt8(ascii: "\"") else { throw broken("a name in quotes is missing") }
            let name = try string()
            guard names.insert(name).inserted else {
                throw Problem.wrong("\(field) has the member \(Excerpt(name)) twice", field: name)
            }
            guard next() == UInt8(ascii: ":") else { throw broken("a colon is missing") }
            index += 1
            try member(name, &self)
            guard try isFollowed(until: UInt8(ascii: "}")) else { return }
        }
    }

    /// An array. `element` reads each element.
    mutating func array(
        _ field: String,
        _ element: (_ index: Int, inout JSONReader) throws(Problem) -> Void
    ) throws(Problem) {
        guard next() == UInt8(ascii: "[") else { throw expected("an array", field) }
        index += 1
        guard next() != UInt8(ascii: "]") else { return index += 1 }
        var count = 0
        while true {
            try element(count, &self)
            count += 1
            guard try isFollowed(until: UInt8(ascii: "]")) else { return }
        }
    }

    /// Any value.
    mutating func value() throws(Problem) -> Value {
        switch next() {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try text())
        case UInt8(ascii: "["): return .array(try text())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try text() == "true")
        case UInt8(ascii: "n"):
            _ = try text()
            return .null
        default: return .number(try text())
        }
    }

    private func broken(_ what: String, at place: Int? = nil) -> Problem {
        Problem.wrong("the body is not JSON: \(what), at byte \(place ?? index)", field: "body")
    }

    private func expected(_ what: String, _ field: String) -> Problem {
        index < bytes.count
            ? Problem.wrong("\(field) must be \(what), at byte \(index)", field: field)
            : broken("it ends where \(what) is missing")
    }

    /// Behind an element: true when another one follows, false when what is open is over.
    private mutating func isFollowed(until closing: UInt8) throws(Problem) -> Bool {
        let byte = next()
        guard byte == UInt8(ascii: ",") || byte == closing else {
            throw broken("a comma or \(Unicode.Scalar(closing)) is missing")
        }
        index += 1
        return byte != closing
    }

    /// The next byte that is not white space, which stays where it is.
    private mutating func next() -> UInt8? {
        skipSpace()
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0a, 0x0d, 0x09: index += 1
            default: return
            }
        }
    }

    /// Passes what `pass` knows, which begins here.
    private mutating func scan(_ pass: (inout JSONScanner) throws(JSONScanner.Fault) -> Void) throws(Problem) {
        do throws(JSONScanner.Fault) {
            index = try bytes.withUnsafeBufferPointer { buffer throws(JSONScanner.Fault) in
                var scanner = JSONScanner(buffer, from: index)
                try pass(&scanner)
                return scanner.index
            }
        } catch {
            throw broken(error.reason, at: error.index)
        }
    }

    /// The text of the value that begins here.
    private mutating func text() throws(Problem) -> String {
        let start = index
        try scan { scanner throws(JSONScanner.Fault) in try scanner.passValue() }
        return try utf8(start..<index)
    }

    private func utf8(_ range: Range<Int>) throws(Problem) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw broken("bytes are not UTF-8")
        }
        return text
    }
}

/// Strings.
extension JSONReader {
    /// The string whose quote is here.
    private mutating func string() throws(Problem) -> String {
        let start = index + 1
        try scan { scanner throws(JSONScanner.Fault) in try scanner.passString() }
        let inside = start..<index - 1
        guard bytes[inside].contains(UInt8(ascii: "\\")) else { return try utf8(inside) }
        return try unescaped(inside)
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0c,
        UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09,
    ]

    private func unescaped(_ range: Range<Int>) throws(Problem) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            guard bytes[at] == UInt8(ascii: "\\") else {
                text.append(bytes[at])
                at += 1
                continue
            }
            if let plain = Self.escapes[bytes[at + 1]] {
                text.append(plain)
                at += 2
            } else {
                let (scalar, length) = try unicodeEscape(at: at)
                text.append(contentsOf: String(scalar).utf8)
                at += length
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else { throw broken("bytes are not UTF-8") }
        return string
    }

    /// The character of `\uXXXX`, or of two that make a surrogate pair, and how many bytes spell it.
    private func unicodeEscape(at index: Int) throws(Problem) -> (Unicode.Scalar, length: Int) {
        let first = hexadecimal(at: index + 2) ?? 0
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        let hasSecond =
            index + 7 < bytes.count && bytes[index + 6] == UInt8(ascii: "\\")
            && bytes[index + 7] == UInt8(ascii: "u")
        guard (0xd800..<0xdc00).contains(first), hasSecond, let second = hexadecimal(at: index + 8),
            (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw broken("a string has half a surrogate pair") }
        return (scalar, 12)
    }

    private func hexadecimal(at index: Int) -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var number: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number << 4 | UInt32(digit)
        }
        return number
    }
}
