import CrierGRPC

/// The rule of unary methods and of streams that answer one request: exactly one message comes.
struct OneRequest {
    private var hasCome = false

    /// False: it is one too many, and the call has ended with INTERNAL.
    mutating func takes(_ call: ServerCall) -> Bool {
        guard hasCome else {
            hasCome = true
            return true
        }
        call.finish(GRPCStatus(.internalError, "\(call.method) takes one message and got a second"))
        return false
    }

    /// The client half-closed.
    func checkEnd(_ call: ServerCall) {
        guard !hasCome else { return }
        call.finish(GRPCStatus(.internalError, "\(call.method) needs one message and got none"))
    }
}
