import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One write: checked and handed over on the connection's loop, answered there when it is safe.
///
/// A client that goes away meanwhile changes nothing: the write happens, and its answer has no reader.
final class WriteCall: ServerCallHandler {
    enum Method: Sendable {
        case put, delete, increment, transact
    }

    private let call: ServerCall
    private let context: KeyValueContext
    private let method: Method
    private var requests = OneRequest()
    private var deletesPrefix = false
    /// Of a transaction that is to be answered with everything that the store says.
    private var guards: [StoreTransaction.Guard]?

    init(_ call: ServerCall, _ context: KeyValueContext, _ method: Method) {
        self.call = call
        self.context = context
        self.method = method
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard requests.takes(call) else { return }
        do {
            submit(try transaction(message))
        } catch {
            call.finish(GRPCStatus(keyValue: error))
        }
    }

    func receivedEnd() { requests.checkEnd(call) }

    private func transaction(_ message: UnsafeRawBufferPointer) throws -> StoreTransaction {
        switch method {
        case .put: return try PutRequest(unpacking: message).transaction()
        case .increment: return try IncrementRequest(unpacking: message).transaction()
        case .transact: return try checked(try TransactRequest(unpacking: message))
        case .delete:
            let request = try DeleteRequest(unpacking: message)
            deletesPrefix = request.prefix
            return try request.transaction()
        }
    }

    private func checked(_ request: TransactRequest) throws(KeyValueError) -> StoreTransaction {
        let transaction = try request.transaction()
        if !context.servesNodes { try request.refuseMistakes(transaction) }
        if request.changes { guards = transaction.guards }
        return transaction
    }

    private func submit(_ transaction: StoreTransaction) {
        let answers = context.answers(on: call.eventLoop)
        let ticket = answers.add(self)
        context.store(for: Caller(call)).submit(transaction) { answers.post(.written($0), to: ticket) }
    }

    private func answer(_ outcome: StoreTransaction.Outcome) throws(KeyValueError) {
        switch method {
        case .put, .increment: call.answer(try PutResponse(outcome))
        case .delete: call.answer(try DeleteResponse(outcome, ofPrefix: deletesPrefix))
        case .transact:
            call.answer(
                guards.map { TransactResponse(outcome, ofTransactionWith: $0) } ?? TransactResponse(outcome)
            )
        }
    }
}

extension WriteCall: AnswerReceiver {
    func written(_ result: Result<StoreTransaction.Outcome, KeyValueError>) {
        do throws(KeyValueError) {
            try answer(try result.get())
        } catch {
            call.finish(GRPCStatus(error))
        }
    }
}
