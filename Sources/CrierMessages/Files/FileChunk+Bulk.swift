import CCrierMessages

/// Chunks whose content stays where it is: in a file on its way out, in the received bytes on its way in.
extension FileChunk {
    /// Packs everything but the content, and at the end the tag and length of a content of `contentSize` bytes. Exactly
    /// that many bytes must follow on the wire. What `content` holds is not looked at.
    @inlinable
    public func packHead<R>(
        contentSize: Int,
        _ body: (_ size: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> R
    ) -> R {
        var result: R?
        withPackedHead(contentSize: contentSize) { packed in
            result = body(packed.size) { packed.write(to: $0) }
        }
        guard let result else { preconditionFailure("withPackedHead did not call its body") }
        return result
    }

    /// Like `packHead`; calls `body` exactly once.
    public func withPackedHead(contentSize: Int, _ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0, content: BulkContent(size: contentSize, bytes: nil))) }
    }

    /// Everything but the content, and where in `bytes` the content is.
    /// - Throws: `WireError` naming the field.
    public static func unpackHead(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> (head: FileChunk, content: Range<Int>) {
        let (content, others) = try BulkContent.split(bytes, "FileChunk")
        let head = others.withUnsafeBytes { others in
            Result { () throws(WireError) in try unpack(others, "FileChunk", crier__v1__file_chunk__unpack) }
        }
        return (try head.get(), content)
    }

    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        let (head, content) = try Self.unpackHead(bytes)
        self = head
        self.content = [UInt8](bytes[content])
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        content.withUnsafeBytes { content in
            withFields {
                body(PackedMessage($0, content: BulkContent(size: content.count, bytes: content.baseAddress)))
            }
        }
    }
}
