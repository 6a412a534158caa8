/// The text of a record: a version, then `name=value` pairs with spaces between them, as in `1 node=a gen=17`.
///
/// Operators read it with `crier kv`. Bytes that would end a value are written as `%` and two hexadecimal digits. Names
/// that are not known are passed over, so a newer node may add some.
struct RecordText {
    private(set) var text = "1"

    /// Adds a field; none for an empty value.
    mutating func add(_ name: StaticString, _ value: String) {
        guard !value.isEmpty else { return }
        text += " \(name)="
        guard value.utf8.contains(where: Self.mustEscape) else { return text += value }
        var bytes: [UInt8] = []
        for byte in value.utf8 {
            guard Self.mustEscape(byte) else {
                bytes.append(byte)
                continue
            }
            bytes += [UInt8(ascii: "%"), Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
        }
        text += String(decoding: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func mustEscape(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") }
}

/// The fields of a record's text.
struct RecordFields {
    private let fields: [Substring.UTF8View]

    /// nil: not the text of a record of this version.
    init?(_ value: StoreValue) {
        guard case .string(let text) = value else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let version = parts.first, version.elementsEqual([UInt8(ascii: "1")]) else { return nil }
        fields = Array(parts.dropFirst())
    }

    /// The value of a field; empty when it is not there. nil: it is broken.
    func text(_ name: StaticString) -> String? {
        guard let value = bytes(name) else { return "" }
        guard value.contains(UInt8(ascii: "%")) else { return String(Substring(value)) }
        var bytes: [UInt8] = []
        var rest = value[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.digit), let low = rest.popFirst().flatMap(Self.digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The number of a field; nil when it is not there or none.
    func number<Number: FixedWidthInteger>(_ name: StaticString, radix: Int = 10) -> Number? {
        bytes(name).flatMap { Number(Substring($0), radix: radix) }
    }

    private func bytes(_ name: StaticString) -> Substring.UTF8View? {
        for field in fields {
            let isNamed = name.withUTF8Buffer { name in
                field.starts(with: name) && field.dropFirst(name.count).first == UInt8(ascii: "=")
            }
            if isNamed { return Substring(field.dropFirst(name.utf8CodeUnitCount + 1)).utf8 }
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
