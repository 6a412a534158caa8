import CrierCore
import CrierGRPC
import CrierMessages

/// One unary push. On the connection's loop from request to answer: when the agent lives there too, all of it happens
/// within `received`.
final class PushToClientCall: ServerCallHandler {
    private let call: ServerCall
    private let gateway: Gateway
    private var isAsked = false

    init(_ call: ServerCall, _ gateway: Gateway) {
        self.call = call
        self.gateway = gateway
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard !isAsked else {
            return call.finish(GRPCStatus(.internalError, "PushToClient takes one message and got a second"))
        }
        isAsked = true
        do {
            let message = try CrierMessages.PushRequest(unpacking: message)
            let request = try CrierCore.PushRequest(message, deadline: call.deadline)
            try gateway.push(request, on: call.eventLoop, caller: self, tag: message.tag)
        } catch let error as WireError {
            call.finish(GRPCStatus(error))
        } catch let error as GatewayError {
            call.finish(GRPCStatus(error))
        } catch {
            call.finish(GRPCStatus(.unknown, "\(error)"))
        }
    }

    func receivedEnd() {
        guard !isAsked else { return }
        call.finish(GRPCStatus(.internalError, "PushToClient takes one message and got none"))
    }
}

extension PushToClientCall: PushCaller {
    /// Comes to a call that has ended meanwhile as well; then its verbs do nothing.
    func pushed(_ result: PushResult, tag: UInt64) { call.answer(PushResponse(result, tag: tag)) }
}
