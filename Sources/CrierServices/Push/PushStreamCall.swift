import CrierCore
import CrierGRPC
import CrierMessages

/// Pipelined pushes of one backend. Responses carry the request's tag and may come out of order; a wrong request gets
/// its own answer, and the stream goes on.
///
/// The requests under way are bounded, and so are the responses that the backend does not read: beyond either limit no
/// more requests are taken from the connection until there is room again.
final class PushStreamCall: ServerCallHandler {
    private let call: ServerCall
    private let gateway: Gateway
    private var underWay = 0
    private var isPaused = false
    private var isEnded = false

    init(_ call: ServerCall, _ gateway: Gateway) {
        self.call = call
        self.gateway = gateway
    }

    func received(_ message: UnsafeRawBufferPointer) {
        underWay += 1
        do throws(WireError) {
            if let text = TextPush(message) {
                push(text)
            } else {
                push(try CrierMessages.PushRequest(unpacking: message))
            }
        } catch {
            answer(PushResponse(invalid: error.description, tag: CrierMessages.PushRequest.tag(in: message)))
        }
        balance()
    }

    private func push(_ text: TextPush) {
        do throws(GatewayError) {
            try gateway.push(text, deadline: call.deadline, on: call.eventLoop, caller: self)
        } catch {
            answer(PushResponse(invalid: error.message, tag: text.tag))
        }
    }

    private func push(_ message: CrierMessages.PushRequest) {
        do throws(GatewayError) {
            let request = try message.checked(deadline: call.deadline)
            try gateway.push(request, on: call.eventLoop, caller: self, tag: message.tag)
        } catch {
            answer(PushResponse(invalid: error.message, tag: message.tag))
        }
    }

    private func answer(_ response: PushResponse) {
        underWay -= 1
        call.send(response)
        if isEnded, underWay == 0 { call.finish() }
    }

    /// Takes more requests, or none for now.
    private func balance() {
        let isFull = underWay >= Limits.pushesPerStream || !call.isWritable
        if isFull, !isPaused {
            isPaused = true
            call.pauseReceiving()
        } else if isPaused, call.isWritable, underWay <= Limits.pushesPerStream / 2 {
            isPaused = false
            call.resumeReceiving()
        }
    }

    func writable() { balance() }

    func receivedEnd() {
        isEnded = true
        if underWay == 0 { call.finish() }
    }

    /// What is under way still comes back, to a call whose verbs do nothing any more.
    func closed(_ end: CallEnd) { isEnded = true }
}

extension PushStreamCall: PushCaller {
    func pushed(_ result: PushResult, tag: UInt64) {
        answer(result.response(tag: tag))
        if isPaused { balance() }
    }
}
