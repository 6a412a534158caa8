import CrierGRPC
import CrierMessages
import NIOCore

/// Where the messages of the contract meet gRPC's frames and statuses.
extension FramedMessage {
    /// The message, packed and framed.
    init(_ message: some WireMessage) {
        self = message.pack { FramedMessage(payloadSize: $0, write: $1) }
    }

    /// A message that came from elsewhere, framed anew.
    init(copying payload: ByteBuffer) {
        self = payload.withUnsafeReadableBytes { bytes in
            FramedMessage(payloadSize: bytes.count) { target in
                if let start = bytes.baseAddress { target.copyMemory(from: start, byteCount: bytes.count) }
            }
        }
    }

    /// Calls `body` with the message, packed and framed: on the stack if it is small.
    static func withBytes(of message: some WireMessage, _ body: (UnsafeRawBufferPointer) -> Void) {
        message.withPacked { packed in
            let size = FramedMessage.prefixBytes + packed.size
            withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { frame in
                FramedMessage.writePrefix(packed.size, to: frame.baseAddress!)
                packed.write(to: frame.baseAddress! + FramedMessage.prefixBytes)
                body(UnsafeRawBufferPointer(frame))
            }
        }
    }
}

extension ServerCall {
    /// Queues a message.
    func send(_ message: some WireMessage) {
        message.withPacked { packed in send(packed.size) { packed.write(to: $0) } }
    }

    /// Queues the only answer and ends the call.
    func answer(_ message: some WireMessage) {
        send(message)
        finish()
    }
}

extension AsyncCall {
    /// The only message of a unary request, unpacked.
    /// - Throws: INTERNAL when there is none, INVALID_ARGUMENT naming the field for one that is not what the contract
    ///   says.
    func request<Message: WireMessage>(_ type: Message.Type) async throws(GRPCStatus) -> Message {
        let bytes = try await request()
        do throws(WireError) {
            return try Message(unpacking: Array(bytes.readableBytesView))
        } catch {
            throw GRPCStatus(error)
        }
    }
}

extension GRPCStatus {
    /// A message that is not what the contract says: the caller's fault, and it is told which field.
    init(_ error: WireError) {
        self.init(.invalidArgument, error.description)
    }
}
