/// `UploadRequest` has one field that matters: the last part of it wins, as protobuf has it. It is read and written
/// here, so that a chunk's content is copied once at most.
extension UploadRequest {
    /// The request, and where in `bytes` the content of its chunk is. The chunk's own `content` is empty.
    /// - Throws: `WireError` naming the field.
    public static func unpackHead(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> (head: UploadRequest, content: Range<Int>) {
        guard let (number, range) = try lastPart(bytes) else { return (UploadRequest(), 0..<0) }
        let part = UnsafeRawBufferPointer(rebasing: bytes[range])
        if number == headerNumber { return (UploadRequest(part: .header(try UploadHeader(unpacking: part))), 0..<0) }
        let (chunk, content) = try UploadChunk.unpackHead(part)
        let start = range.lowerBound + content.lowerBound
        return (UploadRequest(part: .chunk(chunk)), start..<start + content.count)
    }

    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        let (head, content) = try Self.unpackHead(bytes)
        self = head
        guard case .chunk(var chunk) = head.part else { return }
        chunk.content = [UInt8](bytes[content])
        part = .chunk(chunk)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        switch part {
        case nil: body(PackedMessage(nil))
        case .header(let header): header.withFields { body(PackedMessage($0, inside: Self.headerNumber)) }
        case .chunk(let chunk): chunk.withPacked(inside: Self.chunkNumber, body)
        }
    }

    private static let headerNumber: UInt64 = 1
    private static let chunkNumber: UInt64 = 2

    private static func lastPart(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> (number: UInt64, content: Range<Int>)? {
        var part: (UInt64, Range<Int>)?
        var scanner = FieldScanner(bytes)
        do {
            while let field = try scanner.next() {
                guard field.number == headerNumber || field.number == chunkNumber else { continue }
                guard let content = field.content else { throw FieldScanner.Malformed() }
                part = (field.number, content)
            }
        } catch {
            throw WireError("UploadRequest", .malformed)
        }
        return part
    }
}
