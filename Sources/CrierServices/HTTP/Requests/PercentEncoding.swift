import CrierCore
import Hummingbird

/// Percent-encoding of the parts of a URI (RFC 3986, section 2.1). A plus sign is a plus sign: only forms read it as a
/// space.
enum PercentEncoding {
    private static let percent = UInt8(ascii: "%")

    /// Throws a problem that names `field` for a broken escape, or bytes that are not UTF-8.
    static func decode(_ text: Substring, field: String) throws(Problem) -> String {
        if !text.utf8.contains(where: { $0 == percent || $0 >= 0x80 }) { return String(text) }
        // The parser repairs bytes that are not UTF-8 with this character: what was sent cannot be known any more.
        guard !text.unicodeScalars.contains("\u{fffd}") else {
            throw Problem.wrong("\(field) has bytes that are not UTF-8; percent-encode its UTF-8", field: field)
        }
        guard let bytes = bytes(of: text.utf8) else {
            throw Problem.wrong(
                "\(field) \(Excerpt(text)) has a broken escape: % is followed by two hexadecimal digits",
                field: field
            )
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw Problem.wrong("\(field) \(Excerpt(text)) is not UTF-8 once it is decoded", field: field)
        }
        return decoded
    }

    /// Everything but RFC 3986's unreserved characters becomes an escape.
    static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.append(byte)
            } else {
                encoded.append(contentsOf: [percent, hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func bytes(of text: Substring.UTF8View) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            guard byte == percent else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
