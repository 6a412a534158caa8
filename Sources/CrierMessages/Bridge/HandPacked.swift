/// A message that is packed without a C structure between: one too hot for protobuf-c's copies, or inside such a one.
protocol HandPacked: WireMessage {
    /// Bytes of all its fields.
    var fieldsSize: Int { get }

    /// Writes exactly that many.
    func write(to writer: inout FieldWriter)
}

extension HandPacked {
    /// On the stack, if it is small.
    @inline(__always)
    func withHandPacked(_ body: (PackedMessage) -> Void) {
        let size = fieldsSize
        withUnsafeTemporaryAllocation(byteCount: max(size, 1), alignment: 1) { memory in
            // At least one byte, so that it has an address.
            var writer = FieldWriter(memory.baseAddress!)
            write(to: &writer)
            body(PackedMessage(UnsafeRawBufferPointer(rebasing: memory[..<size])))
        }
    }
}
