import CrierGRPC
import NIOCore

/// The parts of one gRPC message, put one behind the other until the loop's turn is over.
struct TurnBatch {
    private var bytes = ByteBuffer()

    var isEmpty: Bool { bytes.readableBytes == 0 }

    var byteCount: Int { bytes.readableBytes }

    mutating func append(_ size: Int, write: (UnsafeMutableRawPointer) -> Void) {
        let head = isEmpty ? FramedMessage.prefixBytes : 0
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: head + size) { target in
            // At least that many bytes, so there is an address.
            write(target.baseAddress! + head)
            return head + size
        }
    }

    /// The message, ready for the wire.
    mutating func take() -> FramedMessage {
        let length = bytes.readableBytes - FramedMessage.prefixBytes
        bytes.withUnsafeMutableReadableBytes { FramedMessage.writePrefix(length, to: $0.baseAddress!) }
        defer { bytes = ByteBuffer() }
        return FramedMessage(framed: bytes)
    }
}
