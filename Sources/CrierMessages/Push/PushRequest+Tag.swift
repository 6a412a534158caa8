extension PushRequest {
    /// The tag of a request that cannot be unpacked, so that its refusal finds its way; 0 when there is none to be
    /// found.
    public static func tag(in bytes: UnsafeRawBufferPointer) -> UInt64 {
        var scanner = FieldScanner(bytes)
        var tag: UInt64 = 0
        while let field = try? scanner.next() {
            // The last one counts, as for every protobuf parser.
            guard field.number == tagNumber, field.content == nil else { continue }
            tag = number(of: UnsafeRawBufferPointer(rebasing: bytes[field.whole]))
        }
        return tag
    }

    private static let tagNumber: UInt64 = 13

    /// The value of a field whose tag and varint these are.
    private static func number(of field: UnsafeRawBufferPointer) -> UInt64 {
        let value = field.drop { $0 >= 0x80 }.dropFirst()
        return value.prefix(10).reversed().reduce(0) { $0 << 7 | UInt64($1 & 0x7F) }
    }
}
