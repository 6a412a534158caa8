public import CrierCore
public import CrierGRPC
import CrierMessages

/// One unary push. On the connection's loop from request to answer: when the agent lives there too, all of it happens
/// within `answer`.
struct PushToClient {
    let gateway: Gateway

    func answer(_ call: ServerCall, _ request: UnsafeRawBufferPointer) {
        do {
            if let text = TextPush(request) {
                return try gateway.push(text, deadline: call.deadline, on: call.eventLoop, caller: call)
            }
            let message = try CrierMessages.PushRequest(unpacking: request)
            let request = try message.checked(deadline: call.deadline)
            try gateway.push(request, on: call.eventLoop, caller: call, tag: message.tag)
        } catch let error as WireError {
            call.finish(GRPCStatus(error))
        } catch let error as GatewayError {
            call.finish(GRPCStatus(error))
        } catch {
            call.finish(GRPCStatus(.unknown, "\(error)"))
        }
    }
}

/// The call of a unary push hears of its result itself: one object less a push.
extension ServerCall: PushCaller {
    /// Comes to a call that has ended meanwhile as well; then its verbs do nothing.
    ///
    /// That nobody knows what became of a push is no answer of the contract's unary method, but a failure of the call:
    /// a client must not take it for "not delivered".
    public func pushed(_ result: PushResult, tag: UInt64) {
        guard result.outcome != .unknown else { return finish(GRPCStatus(.unavailable, result.detail)) }
        answer(result.response(tag: tag))
    }
}
