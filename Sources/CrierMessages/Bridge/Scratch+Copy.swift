import CCrierMessages

/// Copies of Swift values that C structures can point to. Only packing uses these, and packing has no limit.
extension Scratch {
    /// A C structure in its initial state.
    mutating func make<C>(_ initialize: (UnsafeMutablePointer<C>?) -> Void) -> UnsafeMutablePointer<C> {
        let pointer = array(of: C.self, count: 1)
        initialize(pointer)
        return pointer
    }

    mutating func copy(_ string: String) -> ProtobufCBinaryData {
        guard !string.isEmpty else { return ProtobufCBinaryData() }
        return string.utf8.span.withUnsafeBufferPointer { copy(UnsafeRawBufferPointer($0)) }
    }

    mutating func copy(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        guard !bytes.isEmpty else { return ProtobufCBinaryData() }
        return bytes.withUnsafeBytes { copy($0) }
    }

    mutating func copy(_ strings: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        guard !strings.isEmpty else { return nil }
        let pointer = array(of: ProtobufCBinaryData.self, count: strings.count)
        for (index, string) in strings.enumerated() { pointer[index] = copy(string) }
        return pointer
    }

    mutating func copy(_ items: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        guard !items.isEmpty else { return nil }
        let pointer = array(of: ProtobufCBinaryData.self, count: items.count)
        for (index, item) in items.enumerated() { pointer[index] = copy(item) }
        return pointer
    }

    mutating func copy<M: CMessage>(_ messages: [M]) -> UnsafeMutablePointer<UnsafeMutablePointer<M.C>?>? {
        guard !messages.isEmpty else { return nil }
        let pointer = array(of: UnsafeMutablePointer<M.C>?.self, count: messages.count)
        for (index, message) in messages.enumerated() { pointer[index] = message.fill(&self) }
        return pointer
    }

    mutating func copy<C>(values: [C]) -> UnsafeMutablePointer<C>? {
        guard !values.isEmpty else { return nil }
        let pointer = array(of: C.self, count: values.count)
        pointer.initialize(from: values, count: values.count)
        return pointer
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
        let pointer = array(of: UInt8.self, count: bytes.count)
        UnsafeMutableRawBufferPointer(start: pointer, count: bytes.count).copyMemory(from: bytes)
        return ProtobufCBinaryData(len: bytes.count, data: pointer)
    }

    private mutating func array<C>(of type: C.Type, count: Int) -> UnsafeMutablePointer<C> {
        guard let memory = allocate(byteCount: count * MemoryLayout<C>.stride) else {
            preconditionFailure("packing is not limited")
        }
        return memory.bindMemory(to: C.self, capacity: count)
    }
}
