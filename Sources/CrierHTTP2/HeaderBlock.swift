import Glibc

/// Received header fields, in the order of the wire. Valid only during the call that hands it over.
public struct HeaderBlock {
    /// Where a field lies in the arena.
    struct Field {
        var start: UInt32
        var nameLength: UInt32
        var valueLength: UInt32
    }

    let bytes: UnsafePointer<UInt8>
    let fields: UnsafeBufferPointer<Field>

    /// The block was larger than the limit of header bytes; the fields beyond it are missing.
    public let isTruncated: Bool

    public var count: Int { fields.count }

    public typealias Bytes = UnsafeBufferPointer<UInt8>

    /// Calls `body` with each name and value.
    public func forEach(_ body: (_ name: Bytes, _ value: Bytes) -> Void) {
        for field in fields {
            let name = bytes + Int(field.start)
            let value = name + Int(field.nameLength)
            body(Bytes(start: name, count: Int(field.nameLength)), Bytes(start: value, count: Int(field.valueLength)))
        }
    }

    /// The first value of that name, as text.
    public func first(_ name: StaticString) -> String? {
        var found: String?
        forEach { candidate, value in
            if found == nil, candidate.equals(name) { found = String(decoding: value, as: UTF8.self) }
        }
        return found
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are the same.
    public func equals(_ other: Self) -> Bool {
        count == other.count && (count == 0 || memcmp(baseAddress!, other.baseAddress!, count) == 0)
    }

    /// Whether the bytes are those of the literal.
    public func equals(_ literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && (count == 0 || memcmp(baseAddress!, literal.utf8Start, count) == 0)
    }

    /// Whether the bytes begin with those of the literal.
    public func starts(with literal: StaticString) -> Bool {
        count >= literal.utf8CodeUnitCount && memcmp(baseAddress!, literal.utf8Start, literal.utf8CodeUnitCount) == 0
    }
}
