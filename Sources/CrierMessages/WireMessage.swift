/// A message of the contract as a Swift value: made from protobuf bytes, and written as protobuf bytes.
///
/// Unknown fields are ignored, unknown enum values are kept (`unrecognized`), strings are checked to be UTF-8 and keep
/// a NUL inside. Field names are those of `Protos/`, in camelCase; a field that is absent has its default.
public protocol WireMessage: Sendable, Equatable {
    /// - Throws: `WireError` naming the message and, where one is to blame, the field.
    init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError)

    /// Calls `body` exactly once with the message, ready to be written. It is valid during the call only.
    func withPacked(_ body: (PackedMessage) -> Void)
}

extension WireMessage {
    /// Calls `body` exactly once with the packed size in bytes and a function that writes exactly that many bytes,
    /// valid during the call only.
    ///
    ///     let framed = request.pack { FramedMessage(payloadSize: $0, write: $1) }
    @inlinable
    public func pack<R>(_ body: (_ size: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> R) -> R {
        var result: R?
        withPacked { packed in result = body(packed.size) { packed.write(to: $0) } }
        guard let result else { preconditionFailure("withPacked did not call its body") }
        return result
    }

    /// The packed bytes in an array of their own: for tests and rare messages.
    @inlinable
    public func packedBytes() -> [UInt8] {
        pack { size, write in
            [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                if let base = buffer.baseAddress, size > 0 { write(UnsafeMutableRawPointer(base)) }
                count = size
            }
        }
    }

    /// - Throws: `WireError` as `init(unpacking:)`.
    @inlinable
    public init(unpacking bytes: [UInt8]) throws(WireError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(WireError) in try Self(unpacking: buffer) }
        }
        self = try result.get()
    }
}
