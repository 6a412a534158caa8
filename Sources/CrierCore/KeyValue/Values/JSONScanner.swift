/// Passes over text that must be JSON as RFC 8259 has it. It only looks: nothing is built, and nothing recurses, so
/// that no text costs more than its length.
public struct JSONScanner {
    /// What is not JSON, for people.
    public struct Fault: Error {
        public let reason: String
        /// The byte at which it shows.
        public let index: Int
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte to look at.
    public private(set) var index: Int
    /// What is open, the innermost last: true for an object.
    private var open: [Bool] = []

    /// - Parameter bytes: valid as long as this is used.
    public init(_ bytes: UnsafeBufferPointer<UInt8>, from index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    /// Passes white space.
    public mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

    /// Passes one value with all that is in it, nested at most `KeyValueLimits.jsonDepth` deep.
    public mutating func passValue() throws(Fault) {
        repeat {
            skipSpace()
            switch peek {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                try begin()
                // An empty one is over at once; otherwise its first value comes next.
                if !close() {
                    if open.last == true { try passName() }
                    continue
                }
            case UInt8(ascii: "\""): try passString()
            case UInt8(ascii: "t"): try pass("true")
            case UInt8(ascii: "f"): try pass("false")
            case UInt8(ascii: "n"): try pass("null")
            default: try passNumber()
            }
            try passEnds()
        } while !open.isEmpty
    }

    /// Passes a string from quote to quote, with its escapes checked as far as their spelling goes.
    public mutating func passString() throws(Fault) {
        index += 1
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try passEscape()
            case 0..<0x20: throw fault("a control character stands in a string without an escape", at: index - 1)
            default: break
            }
        }
        throw fault("a string has no end")
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func fault(_ reason: String, at place: Int? = nil) -> Fault { Fault(reason: reason, index: place ?? index) }

    private func noValue() -> Fault {
        fault(index < bytes.count ? "no value begins like this" : "it ends where a value is missing")
    }
}

/// Containers.
extension JSONScanner {
    private mutating func begin() throws(Fault) {
        guard open.count < KeyValueLimits.jsonDepth else {
            throw fault("objects and arrays are nested more than \(KeyValueLimits.jsonDepth) deep")
        }
        open.append(peek == UInt8(ascii: "{"))
        index += 1
    }

    /// The closing bracket of the innermost, if it is here.
    private mutating func close() -> Bool {
        skipSpace()
        guard let isObject = open.last, take(isObject ? "}" : "]") else { return false }
        open.removeLast()
        return true
    }

    /// What may stand behind a value: closing brackets, then a comma and, in an object, the next name.
    private mutating func passEnds() throws(Fault) {
        while !open.isEmpty, close() {}
        guard let isObject = open.last else { return }
        guard take(",") else { throw fault("a comma or \(isObject ? "}" : "]") is missing") }
        if isObject { try passName() }
    }

    private mutating func passName() throws(Fault) {
        skipSpace()
        guard peek == UInt8(ascii: "\"") else { throw fault("a name in quotes is missing") }
        try passString()
        skipSpace()
        guard take(":") else { throw fault("a colon is missing") }
    }
}

/// What has nothing in it.
extension JSONScanner {
    private mutating func pass(_ word: StaticString) throws(Fault) {
        guard bytes.count - index >= word.utf8CodeUnitCount else { throw noValue() }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] {
            throw noValue()
        }
        index += word.utf8CodeUnitCount
    }

    private mutating func passEscape() throws(Fault) {
        guard let byte = peek else { throw fault("a string has no end") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        case UInt8(ascii: "u")
        where bytes.count - index > 4 && bytes[index + 1..<index + 5].allSatisfy(Self.isHexDigit):
            index += 5
        default: throw fault("a string has a broken escape")
        }
    }

    private mutating func passNumber() throws(Fault) {
        _ = take("-")
        if !take("0") { try passDigits() }
        if take(".") { try passDigits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try passDigits()
        }
    }

    private mutating func passDigits() throws(Fault) {
        let start = index
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw noValue() }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

/// Whole texts.
extension JSONScanner {
    /// An object or an array with nothing but white space around it.
    static func isObjectOrArray(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = JSONScanner(bytes)
            scanner.skipSpace()
            guard scanner.peek == UInt8(ascii: "{") || scanner.peek == UInt8(ascii: "[") else { return false }
            guard (try? scanner.passValue()) != nil else { return false }
            scanner.skipSpace()
            return scanner.index == bytes.count
        }
    }

    /// A number with nothing around it.
    static func isNumber(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = JSONScanner(bytes)
            return (try? scanner.passNumber()) != nil && scanner.index == bytes.count
        }
    }
}
