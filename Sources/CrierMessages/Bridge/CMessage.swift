import CCrierMessages

/// A message with its C twin. This is the one place where C structures become Swift values and back.
protocol CMessage: WireMessage {
    associatedtype C

    /// Copies what `c` points to. Throws for the first string that is not UTF-8.
    init(_ c: C) throws(WireError)

    /// The same message as a C structure in `scratch`.
    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<C>
}

extension CMessage {
    /// An optional sub-message.
    static func read(_ pointer: UnsafeMutablePointer<C>?) throws(WireError) -> Self? {
        guard let pointer else { return nil }
        return try Self(pointer.pointee)
    }

    /// A repeated sub-message.
    static func read(_ items: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?, _ count: Int) throws(WireError) -> [Self]
    {
        guard let items, count > 0 else { return [] }
        var messages: [Self] = []
        messages.reserveCapacity(count)
        for index in 0..<count {
            if let item = items[index] { messages.append(try Self(item.pointee)) }
        }
        return messages
    }

    /// What `init(unpacking:)` of every message does; `unpack` is its C function, `limit` the bytes that it may take.
    @inline(__always)
    static func unpack(
        _ bytes: UnsafeRawBufferPointer,
        _ message: StaticString,
        _ unpack: (
            UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
        ) -> UnsafeMutablePointer<C>?,
        limit: Int = Limits.unpackBytes
    ) throws(WireError) -> Self {
        try Scratch.with(limit: limit) { scratch throws(WireError) in
            let unpacked = withUnsafeMutablePointer(to: &scratch) { scratch in
                var allocator = Scratch.allocator(scratch)
                return unpack(&allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
            if let unpacked { return try Self(unpacked.pointee) }
            throw WireError(message, scratch.isExhausted ? .tooComplex(limit: limit) : .malformed)
        }
    }

    /// The same for a message inside another, for which protoc-c writes no function but `initialize`.
    static func unpack(
        _ bytes: UnsafeRawBufferPointer,
        _ message: StaticString,
        nested initialize: (UnsafeMutablePointer<C>?) -> Void
    ) throws(WireError) -> Self {
        try unpack(bytes, message) { allocator, count, bytes in
            withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { blank in
                initialize(blank.baseAddress)
                let base = UnsafeRawBufferPointer(blank).assumingMemoryBound(to: ProtobufCMessage.self)
                return protobuf_c_message_unpack(base[0].descriptor, allocator, count, bytes)
                    .map {
                        UnsafeMutableRawPointer($0).assumingMemoryBound(to: C.self)
                    }
            }
        }
    }

    /// Calls `body` with the C structure as protobuf-c's own type.
    @inline(__always)
    func withFields(_ body: (UnsafePointer<ProtobufCMessage>) -> Void) {
        Scratch.with { scratch in
            // Every generated structure begins with its ProtobufCMessage.
            body(UnsafeRawPointer(fill(&scratch)).assumingMemoryBound(to: ProtobufCMessage.self))
        }
    }
}
