import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// A request of the contract that is one transaction of the store.
protocol WriteRequest: WireMessage {
    associatedtype Response: WireMessage

    /// Throws `invalid` naming the field.
    func transaction() throws(KeyValueError) -> StoreTransaction

    /// Throws `preconditionFailed` when the request's one condition did not hold.
    func response(to outcome: StoreTransaction.Outcome) throws(KeyValueError) -> Response
}

/// One write: checked and handed over on the connection's loop, answered there when it is safe.
///
/// A client that goes away meanwhile changes nothing: the write happens, and its answer has no reader.
final class WriteCall<Request: WriteRequest>: ServerCallHandler {
    private let call: ServerCall
    private let context: KeyValueContext
    private var requests = OneRequest()
    private var request: Request?

    init(_ call: ServerCall, _ context: KeyValueContext) {
        self.call = call
        self.context = context
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard requests.takes(call) else { return }
        do {
            let request = try Request(unpacking: message)
            let transaction = try request.transaction()
            self.request = request
            let answers = context.answers(on: call.eventLoop)
            let receiver = LoopAnswers.Receiver(self, eventLoop: call.eventLoop)
            context.store(for: Caller(call)).submit(transaction) { answers.post(.written($0), to: receiver) }
        } catch {
            call.finish(GRPCStatus(keyValue: error))
        }
    }

    func receivedEnd() { requests.checkEnd(call) }
}

extension WriteCall: AnswerReceiver {
    func written(_ result: Result<StoreTransaction.Outcome, KeyValueError>) {
        guard let request else { return }
        do throws(KeyValueError) {
            call.answer(try request.response(to: try result.get()))
        } catch {
            call.finish(GRPCStatus(error))
        }
    }
}
