/// Whether text is JSON as RFC 8259 has it. It only looks: nothing is built, and nothing recurses, so that no text costs
/// more than its length.
struct JSONCheck {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    /// What is open, the innermost last: true for an object.
    private var open: [Bool] = []

    /// An object or an array with nothing but white space around it, nested at most `KeyValueLimits.jsonDepth` deep.
    static func isObjectOrArray(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var check = JSONCheck(bytes: bytes)
            check.skipSpace()
            guard check.peek == UInt8(ascii: "{") || check.peek == UInt8(ascii: "[") else { return false }
            guard check.passValues() else { return false }
            check.skipSpace()
            return check.index == bytes.count
        }
    }

    /// A number with nothing around it.
    static func isNumber(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var check = JSONCheck(bytes: bytes)
            return check.passNumber() && check.index == bytes.count
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

    /// One value with all that is in it.
    private mutating func passValues() -> Bool {
        repeat {
            skipSpace()
            switch peek {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard begin() else { return false }
                // An empty one is over at once; otherwise its first value comes next.
                if !close() {
                    guard open.last == false || passName() else { return false }
                    continue
                }
            case UInt8(ascii: "\""): guard passString() else { return false }
            case UInt8(ascii: "t"): guard pass("true") else { return false }
            case UInt8(ascii: "f"): guard pass("false") else { return false }
            case UInt8(ascii: "n"): guard pass("null") else { return false }
            default: guard passNumber() else { return false }
            }
            guard passEnds() else { return false }
        } while !open.isEmpty
        return true
    }

    private mutating func begin() -> Bool {
        guard open.count < KeyValueLimits.jsonDepth else { return false }
        open.append(peek == UInt8(ascii: "{"))
        index += 1
        return true
    }

    /// The closing bracket of the innermost, if it is here.
    private mutating func close() -> Bool {
        skipSpace()
        guard let isObject = open.last, take(isObject ? "}" : "]") else { return false }
        open.removeLast()
        return true
    }

    /// What may stand behind a value: closing brackets, then a comma and, in an object, the next name.
    private mutating func passEnds() -> Bool {
        while !open.isEmpty, close() {}
        guard let isObject = open.last else { return true }
        guard take(",") else { return false }
        skipSpace()
        return isObject ? passName() : true
    }

    private mutating func passName() -> Bool {
        guard peek == UInt8(ascii: "\""), passString() else { return false }
        skipSpace()
        return take(":")
    }

    private mutating func pass(_ word: StaticString) -> Bool {
        guard bytes.count - index >= word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] { return false }
        index += word.utf8CodeUnitCount
        return true
    }

    private mutating func passString() -> Bool {
        index += 1
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard passEscape() else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func passEscape() -> Bool {
        guard let byte = peek else { return false }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            guard bytes.count - index >= 4 else { return false }
            defer { index += 4 }
            return bytes[index..<index + 4].allSatisfy(Self.isHexDigit)
        default: return false
        }
    }

    private mutating func passNumber() -> Bool {
        _ = take("-")
        if !take("0") { guard passDigits() else { return false } }
        if take(".") { guard passDigits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return passDigits()
        }
        return true
    }

    private mutating func passDigits() -> Bool {
        let start = index
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return index > start
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
