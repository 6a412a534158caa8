/// Walks over the fields of a packed message without unpacking them.
///
/// protobuf-c copies every field. That is right for small ones; a chunk of a file is found here instead and copied
/// once, or not at all.
struct FieldScanner {
    /// One field on the wire.
    struct Field: Equatable {
        let number: UInt64
        /// All of it, tag included.
        let whole: Range<Int>
        /// The bytes of a length-delimited field (strings, bytes, messages); nil for numbers.
        let content: Range<Int>?
        /// The value of a number; 0 for length-delimited fields.
        let value: UInt64
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next field, nil after the last one.
    /// - Throws: `WireError.Reason.malformed` when there is no field where one should be; groups count as such, since
    ///   protobuf-c refuses them too.
    mutating func next() throws(Malformed) -> Field? {
        guard position < bytes.count else { return nil }
        let start = position
        let tag = try varint()
        let number = tag >> 3
        guard (1...Self.largestFieldNumber).contains(number) else { throw Malformed() }
        var content: Range<Int>?
        var value: UInt64 = 0
        switch tag & 7 {
        case 0: value = try varint()
        case 1: value = try fixed(8)
        case 2:
            let length = try varint()
            let begin = position
            try skip(length)
            content = begin..<position
        case 5: value = try fixed(4)
        default: throw Malformed()
        }
        return Field(number: number, whole: start..<position, content: content, value: value)
    }

    struct Malformed: Error {}

    /// The protobuf language guide: field numbers go up to 2^29 - 1.
    private static let largestFieldNumber: UInt64 = (1 << 29) - 1

    private mutating func varint() throws(Malformed) -> UInt64 {
        if position < bytes.count, bytes[position] < 0x80 {
            position += 1
            return UInt64(bytes[position - 1])
        }
        var value: UInt64 = 0
        // Ten bytes carry 64 bits, seven each.
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.count else { throw Malformed() }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    /// A number of 4 or 8 bytes, the lowest first.
    private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
        let start = position
        try skip(UInt64(count))
        return bytes[start..<position].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func skip(_ count: UInt64) throws(Malformed) {
        guard count <= UInt64(bytes.count - position) else { throw Malformed() }
        position += Int(count)
    }
}
