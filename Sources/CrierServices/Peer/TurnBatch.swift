import CrierGRPC
import NIOCore

/// What one node has for another until the loop's turn is over, or until there is a way: parts of messages, put one
/// behind the other into as few gRPC messages as may be.
struct TurnBatch {
    private var full: [FramedMessage] = []
    private var bytes = ByteBuffer()
    /// Of all messages.
    private(set) var byteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    mutating func append(_ size: Int, write: (UnsafeMutableRawPointer) -> Void) {
        if bytes.readableBytes >= PeerLimits.batchBytes { seal() }
        let head = bytes.readableBytes == 0 ? FramedMessage.prefixBytes : 0
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: head + size) { target in
            // At least that many bytes, so there is an address.
            write(target.baseAddress! + head)
            return head + size
        }
        byteCount += head + size
    }

    private mutating func seal() {
        guard bytes.readableBytes > 0 else { return }
        let length = bytes.readableBytes - FramedMessage.prefixBytes
        bytes.withUnsafeMutableReadableBytes { FramedMessage.writePrefix(length, to: $0.baseAddress!) }
        full.append(FramedMessage(framed: bytes))
        bytes = ByteBuffer()
    }

    /// The messages, ready for the wire, each small enough for the other node; the batch is empty after it.
    mutating func take() -> [FramedMessage] {
        seal()
        defer { self = TurnBatch() }
        return full
    }
}
