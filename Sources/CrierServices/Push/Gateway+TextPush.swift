import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

extension Gateway {
    /// Text goes from the request's bytes to the client's stream, here or on another node; nothing is made of it in
    /// between.
    func push(
        _ text: TextPush, deadline: NIODeadline?, on eventLoop: any EventLoop, caller: any PushCaller
    ) throws(GatewayError) {
        let client = try ClientID(validating: text.clientID)
        try push(to: client, deadline: deadline, on: eventLoop, caller: caller, tag: text.tag) { id, body in
            let size = text.messageSize(id: id.rawValue)
            let frameSize = FramedMessage.prefixBytes + size
            withUnsafeTemporaryAllocation(byteCount: frameSize, alignment: 1) { frame in
                FramedMessage.writePrefix(size, to: frame.baseAddress!)
                text.writeMessage(id: id.rawValue, to: frame.baseAddress! + FramedMessage.prefixBytes)
                body(EncodedMessage(UnsafeRawBufferPointer(frame)))
            }
        }
    }
}
