/// The subject of an X.509 certificate as people write it: `CN=agent-7,O=Example` (RFC 4514).
enum CertificateSubject {
    /// nil when these are not a certificate's bytes.
    static func text(ofDER certificate: [UInt8]) -> String? {
        var outer = DERReader(certificate[...])
        // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer,
        // validity, subject, … (RFC 5280, section 4.1).
        guard var whole = outer.sequence(), var body = whole.sequence() else { return nil }
        _ = body.element(tagged: 0xA0)
        for _ in 0..<4 { guard body.element() != nil else { return nil } }
        guard let subject = body.sequence() else { return nil }
        return names(in: subject)
    }

    /// RFC 4514, section 2.1: the last set of attributes comes first.
    private static func names(in subject: DERReader) -> String? {
        var subject = subject
        var names: [String] = []
        while !subject.isAtEnd {
            guard var attributes = subject.element(tagged: 0x31) else { return nil }
            var set: [String] = []
            while !attributes.isAtEnd {
                guard var pair = attributes.sequence(), let type = pair.element(tagged: 0x06),
                    let value = pair.element()
                else { return nil }
                set.append("\(name(ofType: Array(type.rest)))=\(escaped(String(decoding: value.rest, as: UTF8.self)))")
            }
            names.append(set.joined(separator: "+"))
        }
        return names.reversed().joined(separator: ",")
    }

    /// RFC 4514, section 3; an attribute that has no name there goes by its number.
    private static func name(ofType oid: [UInt8]) -> String {
        switch oid {
        case [0x55, 4, 3]: "CN"
        case [0x55, 4, 6]: "C"
        case [0x55, 4, 7]: "L"
        case [0x55, 4, 8]: "ST"
        case [0x55, 4, 10]: "O"
        case [0x55, 4, 11]: "OU"
        case [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 1]: "UID"
        case [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 25]: "DC"
        default: dotted(oid)
        }
    }

    private static func dotted(_ oid: [UInt8]) -> String {
        var numbers: [UInt64] = []
        var number: UInt64 = 0
        for byte in oid {
            number = number << 7 | UInt64(byte & 0x7F)
            guard byte < 0x80 else { continue }
            // The first two numbers share one.
            if numbers.isEmpty {
                numbers = [min(number / 40, 2), number - 40 * min(number / 40, 2)]
            } else {
                numbers.append(number)
            }
            number = 0
        }
        return numbers.map(String.init).joined(separator: ".")
    }

    /// RFC 4514, section 2.4, so that no value looks like another attribute.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for (place, character) in value.unicodeScalars.enumerated() {
            let isSpecial = "\"+,;<>\\=".unicodeScalars.contains(character)
            let isLeading = place == 0 && (character == " " || character == "#")
            if character.value < 0x20 {
                text += "\\" + (character.value < 16 ? "0" : "") + String(character.value, radix: 16)
            } else {
                if isSpecial || isLeading { text += "\\" }
                text.unicodeScalars.append(character)
            }
        }
        return text
    }
}

/// Walks over DER elements. Nothing in it can go beyond the bytes.
private struct DERReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func sequence() -> DERReader? { element(tagged: 0x30) }

    /// The content of the next element; nil, and nothing is read, when it has another tag.
    mutating func element(tagged tag: UInt8? = nil) -> DERReader? {
        var bytes = rest
        guard let found = bytes.popFirst(), tag == nil || tag == found, let first = bytes.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            // Certificates are far below 16 MiB.
            let count = Int(first & 0x7F)
            guard (1...3).contains(count), bytes.count >= count else { return nil }
            length = bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            bytes.removeFirst(count)
        }
        guard length <= bytes.count else { return nil }
        rest = bytes.dropFirst(length)
        return DERReader(bytes.prefix(length))
    }
}
