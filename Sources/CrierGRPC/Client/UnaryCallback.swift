import NIOCore

/// A call with one request and one response whose caller does not wait. Belongs to the channel's event loop.
final class UnaryCallback: ClientCallHandler {
    private struct State {
        var call: ClientCall?
        var response: ByteBuffer?
    }

    private let method: String
    private let completion: @Sendable (Result<ByteBuffer, GRPCStatus>) -> Void
    private let state: NIOLoopBoundBox<State>

    /// On `eventLoop`.
    init(
        _ method: String,
        on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Result<ByteBuffer, GRPCStatus>) -> Void
    ) {
        self.method = method
        self.completion = completion
        state = NIOLoopBoundBox(State(), eventLoop: eventLoop)
    }

    /// Sends the request behind `start`, which may end the call at once.
    func begin(_ call: ClientCall, _ request: FramedMessage, start: () -> Void) {
        state.value.call = call
        start()
        call.send(request)
        call.finishSending()
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard state.value.response == nil else {
            state.value.call?.end(GRPCStatus(.internalError, "\(method) answered with more than one message"))
            return
        }
        state.value.response = ByteBuffer(bytes: message)
    }

    func writable() {}

    func closed(_ status: GRPCStatus) {
        // A cycle until here: the call holds its handler.
        state.value.call = nil
        guard status.code == .ok else { return completion(.failure(status)) }
        guard let response = state.value.response else {
            return completion(
                .failure(GRPCStatus(.internalError, "\(method) answered OK without a message"))
            )
        }
        completion(.success(response))
    }
}
