import CrierCore
import NIOCore
import Synchronization

/// Keeps every message and encodes it as its number, so that tests see what an outlet got, and how often was encoded.
final class TestEncoder: MessageEncoder {
    private let encoded = Mutex<[Message]>([])
    /// Bytes that each message seems to have; 8 at least.
    private let size = Mutex(8)

    func pretendSize(_ bytes: Int) { size.withLock { $0 = bytes } }

    func encode(_ message: Message, _ body: (EncodedMessage) -> Void) {
        let number = encoded.withLock { messages in
            messages.append(message)
            return messages.count - 1
        }
        var buffer = ByteBuffer(integer: number)
        buffer.writeRepeatingByte(0, count: size.withLock { $0 } - 8)
        buffer.withUnsafeReadableBytes { body(EncodedMessage($0)) }
    }

    var count: Int { encoded.withLock { $0.count } }

    func message(_ encodedMessage: ByteBuffer) -> Message {
        let number = encodedMessage.getInteger(at: encodedMessage.readerIndex, as: Int.self) ?? -1
        return encoded.withLock { $0[number] }
    }
}
