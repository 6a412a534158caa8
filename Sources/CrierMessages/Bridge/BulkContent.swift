/// The `content` field, number 1, of `FileChunk` and `UploadChunk`: kept apart from the other fields, so that it can go
/// between file, socket and buffer without protobuf-c's copies.
struct BulkContent {
    private static let number: UInt64 = 1

    /// Bytes of the content.
    let size: Int
    /// The content; nil when it follows from elsewhere.
    let bytes: UnsafeRawPointer?

    /// Bytes of tag and length in front of the content. An empty field is not written, as proto3 says.
    var prefixSize: Int { size == 0 ? 0 : 1 + Varint.size(size) }

    /// Writes tag and length, and the content unless that follows from elsewhere.
    func write(to target: UnsafeMutableRawPointer) {
        guard size > 0 else { return }
        let start = Varint.writeTag(Self.number, length: size, to: target)
        if let bytes { start.copyMemory(from: bytes, byteCount: size) }
    }

    /// Where the content is, and all other fields one after the other. As protobuf has it, the last content wins.
    static func split(
        _ bytes: UnsafeRawBufferPointer,
        _ message: StaticString
    ) throws(WireError) -> (content: Range<Int>, others: [UInt8]) {
        var content = 0..<0
        var others: [UInt8] = []
        var scanner = FieldScanner(bytes)
        do {
            while let field = try scanner.next() {
                if field.number == number {
                    guard let found = field.content else { throw FieldScanner.Malformed() }
                    content = found
                } else {
                    others += UnsafeRawBufferPointer(rebasing: bytes[field.whole])
                }
            }
        } catch {
            throw WireError(message, .malformed)
        }
        return (content, others)
    }
}
