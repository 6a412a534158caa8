import CrierCodecs
public import CrierHTTP2
public import NIOCore

/// One message in gRPC's length-prefixed form, ready for the wire.
///
/// Sending one to many calls shares its bytes.
public struct FramedMessage: Sendable {
    /// Flag byte and length (PROTOCOL-HTTP2.md, "Length-Prefixed-Message").
    public static let prefixBytes = 5

    /// The length-prefixed form; without what follows from a file.
    public let bytes: ByteBuffer
    let tail: FileSlice?

    /// - Parameters:
    ///   - payloadSize: Bytes of the message.
    ///   - write: Writes exactly that many.
    @inlinable
    public init(payloadSize: Int, write: (UnsafeMutableRawPointer) -> Void) {
        self.init(prefixFor: payloadSize, payloadSize: payloadSize, tail: nil, write: write)
    }

    /// A message whose last bytes come straight from a file.
    /// - Parameters:
    ///   - headSize: Bytes of the message before the file's.
    ///   - tail: The rest of the message.
    ///   - write: Writes exactly `headSize` bytes.
    @inlinable
    public init(headSize: Int, tail: FileSlice, write: (UnsafeMutableRawPointer) -> Void) {
        self.init(prefixFor: headSize + tail.count, payloadSize: headSize, tail: tail, write: write)
    }

    @usableFromInline
    init(prefixFor length: Int, payloadSize: Int, tail: FileSlice?, write: (UnsafeMutableRawPointer) -> Void) {
        var buffer = ByteBufferAllocator().buffer(capacity: Self.prefixBytes + payloadSize)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.prefixBytes + payloadSize) { target in
            Self.writePrefix(length, to: target.baseAddress!)
            write(target.baseAddress! + Self.prefixBytes)
            return Self.prefixBytes + payloadSize
        }
        bytes = buffer
        self.tail = tail
    }

    /// Writes the prefix of an uncompressed message of `length` bytes.
    public static func writePrefix(_ length: Int, to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: 0, as: UInt8.self)
        target.storeBytes(of: UInt32(length).bigEndian, toByteOffset: 1, as: UInt32.self)
    }

    /// A message that is in the length-prefixed form already: made once, sent on many calls.
    public init(framed bytes: ByteBuffer) {
        self.bytes = bytes
        tail = nil
    }

    private init(compressed payload: [UInt8]) {
        var buffer = ByteBufferAllocator().buffer(capacity: Self.prefixBytes + payload.count)
        buffer.writeInteger(UInt8(1))
        buffer.writeInteger(UInt32(payload.count))
        buffer.writeBytes(payload)
        bytes = buffer
        tail = nil
    }

    /// Bytes on the wire, prefix included.
    public var byteCount: Int { bytes.readableBytes + (tail?.count ?? 0) }

    /// The message with its payload compressed, or itself where that does not pay.
    func gzipped() -> FramedMessage {
        guard tail == nil, bytes.readableBytes - Self.prefixBytes >= Limit.compressionMinimumBytes else { return self }
        let payload = bytes.withUnsafeReadableBytes { all -> [UInt8]? in
            try? Gzip.compress(UnsafeRawBufferPointer(rebasing: all[Self.prefixBytes...]))
        }
        guard let payload, payload.count < bytes.readableBytes - Self.prefixBytes else { return self }
        return FramedMessage(compressed: payload)
    }
}
