import CCrierMessages

/// Chunks whose content stays where it is: in the array on its way out, in the received bytes on its way in.
extension UploadChunk {
    /// Everything but the content, and where in `bytes` the content is.
    /// - Throws: `WireError` naming the field.
    public static func unpackHead(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> (head: UploadChunk, content: Range<Int>) {
        let (content, others) = try BulkContent.split(bytes, "UploadChunk")
        let head = others.withUnsafeBytes { others in
            Result { () throws(WireError) in try unpack(others, "UploadChunk", crier__v1__upload_chunk__unpack) }
        }
        return (try head.get(), content)
    }

    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        let (head, content) = try Self.unpackHead(bytes)
        self = head
        self.content = [UInt8](bytes[content])
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withPacked(inside: nil, body)
    }

    /// Packs the chunk as the field `wrapper` of the message around it.
    func withPacked(inside wrapper: UInt64?, _ body: (PackedMessage) -> Void) {
        content.withUnsafeBytes { content in
            let content = BulkContent(size: content.count, bytes: content.baseAddress)
            withFields { body(PackedMessage($0, inside: wrapper, content: content)) }
        }
    }
}
