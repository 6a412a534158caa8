/// Requests as most of them are, read without C structures between. Each reader returns nil for what holds anything
/// else, holds something twice, or is wrong in any way: protobuf-c reads that, and says what is wrong.
extension PutRequest {
    /// Without a condition.
    init?(plain bytes: UnsafeRawBufferPointer) {
        var fields = PlainFields(bytes)
        self.init()
        while let tag = fields.next() {
            switch tag {
            case 0x0A: namespace = fields.text
            case 0x12: key = fields.text
            case 0x1A: value = fields.content.flatMap { Value(plain: $0) } ?? fields.isOther()
            case 0x28: ttlMs = Int64(bitPattern: fields.number)
            case 0x30: leaseID = fields.number
            default: return nil
            }
        }
        if fields.isNotPlain { return nil }
    }
}

extension GetRequest {
    init?(plain bytes: UnsafeRawBufferPointer) {
        var fields = PlainFields(bytes)
        self.init()
        while let tag = fields.next() {
            switch tag {
            case 0x0A: namespace = fields.text
            case 0x12: key = fields.text
            case 0x18: stale = fields.number != 0
            case 0x20: atRevision = fields.number
            default: return nil
            }
        }
        if fields.isNotPlain { return nil }
    }
}

extension Value {
    fileprivate init?(plain bytes: UnsafeRawBufferPointer) {
        var fields = PlainFields(bytes)
        guard let tag = fields.next() else { return nil }
        switch tag {
        case 0x0A: kind = .stringValue(fields.text)
        case 0x10: kind = .intValue(Int64(bitPattern: fields.number))
        case 0x19: kind = .doubleValue(Double(bitPattern: fields.number))
        case 0x20: kind = .boolValue(fields.number != 0)
        case 0x2A: kind = .jsonValue(fields.text)
        case 0x32: kind = .bytesValue(fields.content.map { [UInt8]($0) } ?? [])
        default: return nil
        }
        guard fields.next() == nil, !fields.isNotPlain else { return nil }
    }
}

/// The fields of a plain message, each at most once.
private struct PlainFields {
    /// Of the field that `next` found: a number, or the bytes of anything else.
    private(set) var number: UInt64 = 0
    private(set) var content: UnsafeRawBufferPointer?
    private(set) var isNotPlain = false

    private let bytes: UnsafeRawBufferPointer
    private var scanner: FieldScanner
    private var seen: UInt64 = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        scanner = FieldScanner(bytes)
    }

    /// The tag of the next field, in its one byte; nil at the end, and where it is not plain.
    mutating func next() -> UInt8? {
        do throws(FieldScanner.Malformed) {
            guard let field = try scanner.next() else { return nil }
            let tag = bytes[field.whole.lowerBound]
            guard tag < 0x80, seen & 1 << UInt64(tag >> 3) == 0 else { return isOther() }
            seen |= 1 << UInt64(tag >> 3)
            number = field.value
            content = field.content.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
            return tag
        } catch {
            return isOther()
        }
    }

    /// The content as text.
    var text: String {
        mutating get {
            guard let content, !content.isEmpty else { return "" }
            guard let text = try? UTF8Span(validating: content.assumingMemoryBound(to: UInt8.self).span) else {
                isNotPlain = true
                return ""
            }
            return String(copying: text)
        }
    }

    mutating func isOther<Found>() -> Found? {
        isNotPlain = true
        return nil
    }
}
