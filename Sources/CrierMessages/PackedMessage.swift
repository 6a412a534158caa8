import CCrierMessages

/// A message that is ready to be written, or the head of one whose content follows from elsewhere. It points to memory
/// that is gone when the function that handed it out returns.
///
/// On the wire: the tag and length that make it a sub-message of another (for chunks of an upload), the fields that
/// protobuf-c packs, then the tag and length of the bulk content and, unless that follows from a file, the content.
public struct PackedMessage {
    /// Bytes that `write` writes.
    public let size: Int

    private let fields: UnsafePointer<ProtobufCMessage>?
    /// The message itself, when it was written by hand.
    private let packed: UnsafeRawPointer?
    private let wrapper: UInt64?
    private let wrappedSize: Int
    private let fieldsSize: Int
    private let content: BulkContent?

    /// - Parameters:
    ///   - fields: the C structure; nil: no fields at all.
    ///   - wrapper: the number of the field that the message is in the message around it.
    ///   - content: field 1 of the message, when it is not among `fields`.
    init(_ fields: UnsafePointer<ProtobufCMessage>?, inside wrapper: UInt64? = nil, content: BulkContent? = nil) {
        self.fields = fields
        self.wrapper = wrapper
        self.content = content
        packed = nil
        fieldsSize = fields.map { protobuf_c_message_get_packed_size($0) } ?? 0
        wrappedSize = fieldsSize + (content.map { $0.prefixSize + $0.size } ?? 0)
        let leadSize = wrapper == nil ? 0 : 1 + Varint.size(wrappedSize)
        let followingSize = content.map { $0.bytes == nil ? $0.size : 0 } ?? 0
        size = leadSize + wrappedSize - followingSize
    }

    /// A message whose bytes are there already.
    init(_ packed: UnsafeRawBufferPointer) {
        self.packed = packed.baseAddress
        size = packed.count
        fields = nil
        wrapper = nil
        content = nil
        (fieldsSize, wrappedSize) = (0, 0)
    }

    /// Writes exactly `size` bytes.
    public func write(to target: UnsafeMutableRawPointer) {
        if let packed { return target.copyMemory(from: packed, byteCount: size) }
        var target = target
        if let wrapper { target = Varint.writeTag(wrapper, length: wrappedSize, to: target) }
        if let fields { protobuf_c_message_pack(fields, target.assumingMemoryBound(to: UInt8.self)) }
        content?.write(to: target + fieldsSize)
    }
}
