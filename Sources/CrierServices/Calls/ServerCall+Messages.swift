import CrierGRPC
import CrierMessages

/// Where the messages of the contract meet gRPC's frames and statuses.
extension FramedMessage {
    /// The message, packed and framed.
    init(_ message: some WireMessage) {
        self = message.pack { FramedMessage(payloadSize: $0, write: $1) }
    }
}

extension ServerCall {
    /// Queues a message.
    func send(_ message: some WireMessage) {
        send(FramedMessage(message))
    }

    /// Queues the only answer and ends the call.
    func answer(_ message: some WireMessage) {
        send(message)
        finish()
    }
}

extension GRPCStatus {
    /// A message that is not what the contract says: the caller's fault, and it is told which field.
    init(_ error: WireError) {
        self.init(.invalidArgument, error.description)
    }
}
