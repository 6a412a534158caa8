import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

extension Gateway {
    /// Text goes from the request's bytes to the client's stream; nothing is made of it in between. False, and nothing has
    /// happened, when the whole request is needed after all.
    func push(
        _ text: TextPush, on eventLoop: any EventLoop, caller: any PushCaller
    ) throws(GatewayError) -> Bool {
        let client = try ClientID(validating: text.clientID)
        return try push(to: client, on: eventLoop, caller: caller, tag: text.tag) { id, body in
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
