import CrierGRPC
import CrierMessages

/// One ServerReflectionInfo: each question is answered, in order.
///
/// An answer can be a thousand times as long as its question. So questions of a client that does not read the answers
/// wait as they are, and no more are taken in: what waits is bounded by the receive window.
final class ReflectionCall: ServerCallHandler {
    private let call: ServerCall
    private let catalogue: ReflectionCatalogue
    private var waiting: [ServerReflectionRequest] = []
    private var hasEnded = false

    init(_ call: ServerCall, _ catalogue: ReflectionCatalogue) {
        self.call = call
        self.catalogue = catalogue
    }

    func received(_ message: UnsafeRawBufferPointer) {
        do throws(WireError) {
            waiting.append(try ServerReflectionRequest(unpacking: message))
        } catch {
            return call.finish(GRPCStatus(error))
        }
        answerWhileWritable()
        if !waiting.isEmpty { call.pauseReceiving() }
    }

    func receivedEnd() {
        hasEnded = true
        answerWhileWritable()
    }

    func writable() {
        answerWhileWritable()
        if waiting.isEmpty, !hasEnded { call.resumeReceiving() }
    }

    private func answerWhileWritable() {
        var answered = 0
        while answered < waiting.count, call.isWritable {
            call.send(catalogue.answer(waiting[answered]))
            answered += 1
        }
        waiting.removeFirst(answered)
        if hasEnded, waiting.isEmpty { call.finish() }
    }
}
