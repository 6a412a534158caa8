import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One read. What the store knows without waiting is answered within `received`.
final class GetCall: ServerCallHandler {
    private let call: ServerCall
    private let context: KeyValueContext
    private var requests = OneRequest()

    init(_ call: ServerCall, _ context: KeyValueContext) {
        self.call = call
        self.context = context
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard requests.takes(call) else { return }
        do {
            let request = try GetRequest(unpacking: message)
            let key = try StoreKey(namespace: request.namespace, key: request.key)
            let store = context.store(for: Caller(call))
            if request.atRevision == 0, let found = store.immediateRead(of: key) {
                answer(found)
            } else {
                read(key, request, from: store)
            }
        } catch {
            call.finish(GRPCStatus(keyValue: error))
        }
    }

    func receivedEnd() { requests.checkEnd(call) }

    private func answer(_ read: StoreRead) {
        call.answer(GetResponse(entry: read.entry.map { Entry($0) }, position: Position(read.position)))
    }

    private func read(_ key: StoreKey, _ request: GetRequest, from store: CallerStore) {
        let answers = context.answers(on: call.eventLoop)
        let ticket = answers.add(self)
        let (isStale, revision) = (request.stale, request.atRevision)
        let isRunning = call.runAside {
            do throws(KeyValueError) {
                let read =
                    revision == 0
                    ? try await store.get(key, consistency: isStale ? .stale : .linearizable)
                    : try await store.get(key, at: revision)
                answers.post(.read(.success(read)), to: ticket)
            } catch {
                answers.post(.read(.failure(error)), to: ticket)
            }
        }
        if !isRunning { answers.remove(ticket) }
    }
}

extension GetCall: AnswerReceiver {
    func read(_ result: Result<StoreRead, KeyValueError>) {
        switch result {
        case .success(let read): answer(read)
        case .failure(let error): call.finish(GRPCStatus(error))
        }
    }
}
