import CrierCodecs
import NIOCore

/// Cuts a byte stream into messages, however it was cut on its way. Messages that lie whole in what comes are not
/// copied.
struct MessageDeframer {
    private let limit: Int
    private var partial: ByteBuffer?
    /// Whether the peer announced gzip; a compressed message without it is an error.
    var allowsGzip = false

    init(limit: Int) { self.limit = limit }

    /// Part of a message has come.
    var isMidMessage: Bool { partial != nil }

    /// Bytes of that part.
    var partialBytes: Int { partial?.readableBytes ?? 0 }

    /// The message that these bytes are, and nothing else: how the request of a unary call mostly comes.
    @inline(__always)
    func wholeMessage(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard partial == nil, bytes.count >= FramedMessage.prefixBytes, bytes[0] == 0,
            bytes.count - FramedMessage.prefixBytes == Self.announcedLength(bytes),
            bytes.count - FramedMessage.prefixBytes <= limit
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[FramedMessage.prefixBytes...])
    }

    /// Calls `body` with each message that is now whole; the bytes are valid during that call.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(GRPCStatus) {
        guard var joined = partial else {
            let used = try cut(bytes, body)
            if used < bytes.count { try keep(bytes, from: used) }
            return
        }
        partial = nil
        reserve(&joined, for: bytes.count)
        joined.writeBytes(bytes)
        let whole = joined
        let used = try whole.withUnsafeReadableBytesTyped { all throws(GRPCStatus) in try cut(all, body) }
        if used == 0 {
            partial = joined
        } else if used < joined.readableBytes {
            try joined.withUnsafeReadableBytesTyped { all throws(GRPCStatus) in try keep(all, from: used) }
        }
    }

    /// A message of which a good part has come gets the room that it announced; one that is only announced gets none.
    private func reserve(_ buffer: inout ByteBuffer, for count: Int) {
        guard buffer.readableBytes + count >= Limit.reservingBytes, buffer.writableBytes < count else { return }
        let announced = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self).map(Int.init) ?? 0
        buffer.reserveCapacity(max(FramedMessage.prefixBytes + announced, buffer.readableBytes + count))
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(GRPCStatus) {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        // A message over the limit is refused by its prefix, before its bytes come. The announced length reserves
        // nothing: announcing costs a peer five bytes.
        if rest.count >= FramedMessage.prefixBytes { _ = try Self.length(rest, limit) }
        var buffer = ByteBufferAllocator().buffer(capacity: rest.count)
        buffer.writeBytes(rest)
        partial = buffer
    }

    /// Returns the bytes that the whole messages took.
    private func cut(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(GRPCStatus) -> Int {
        var start = 0
        while bytes.count - start >= FramedMessage.prefixBytes {
            let frame = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let length = try Self.length(frame, limit)
            guard frame.count >= FramedMessage.prefixBytes + length else { break }
            let payload = UnsafeRawBufferPointer(
                rebasing: frame[FramedMessage.prefixBytes..<FramedMessage.prefixBytes + length]
            )
            if frame[0] == 0 { body(payload) } else { try inflate(payload, flag: frame[0], body) }
            start += FramedMessage.prefixBytes + length
        }
        return start
    }

    private static func length(_ frame: UnsafeRawBufferPointer, _ limit: Int) throws(GRPCStatus) -> Int {
        let length = announcedLength(frame)
        guard length <= limit else {
            throw GRPCStatus(.resourceExhausted, "message has \(length) bytes; at most \(limit) are allowed")
        }
        return length
    }

    private static func announcedLength(_ frame: UnsafeRawBufferPointer) -> Int {
        Int(UInt32(bigEndian: frame.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }

    private func inflate(
        _ payload: UnsafeRawBufferPointer, flag: UInt8, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(GRPCStatus) {
        guard flag == 1 else {
            throw GRPCStatus(.internalError, "message flag is \(flag); 0 and 1 are allowed")
        }
        guard allowsGzip else {
            throw GRPCStatus(.internalError, "message is compressed, but grpc-encoding names no compression")
        }
        let inflated: [UInt8]
        do {
            inflated = try Gzip.decompress(payload, limit: limit)
        } catch {
            if case .tooLarge = error {
                throw GRPCStatus(.resourceExhausted, "message has over \(limit) bytes when decompressed")
            }
            throw GRPCStatus(.internalError, "message cannot be decompressed: \(error)")
        }
        inflated.withUnsafeBytes(body)
    }
}

extension ByteBuffer {
    /// `withUnsafeReadableBytes` for one kind of error.
    func withUnsafeReadableBytesTyped<R>(
        _ body: (UnsafeRawBufferPointer) throws(GRPCStatus) -> R
    ) throws(GRPCStatus) -> R {
        let result = withUnsafeReadableBytes { bytes -> Result<R, GRPCStatus> in
            do throws(GRPCStatus) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
