import CrierGRPC
import CrierMessages
import NIOCore

/// One Watch: the state of a service now, then every change until the client goes.
///
/// A client that does not read costs one state, not a queue of them: while the call is not writable only the newest is
/// kept.
final class HealthWatch: ServerCallHandler {
    private let call: ServerCall
    private let board: HealthBoard
    private var watched: (service: String, id: HealthBoard.WatcherID)?
    private var sent: HealthBoard.State??
    private var waiting: HealthBoard.State??

    init(_ call: ServerCall, _ board: HealthBoard) {
        self.call = call
        self.board = board
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard watched == nil else {
            return call.finish(GRPCStatus(.invalidArgument, "a Watch has one request; two came"))
        }
        do throws(WireError) {
            watch(try HealthCheckRequest(unpacking: message).service)
        } catch {
            call.finish(GRPCStatus(error))
        }
    }

    func receivedEnd() {
        guard watched == nil, call.isOpen else { return }
        call.finish(GRPCStatus(.invalidArgument, "a Watch has one request; none came"))
    }

    func writable() {
        guard let state = waiting else { return }
        waiting = nil
        tell(state)
    }

    func closed(_ end: CallEnd) {
        guard let watched else { return }
        board.stopWatching(watched.service, watched.id)
    }

    private func watch(_ service: String) {
        let loop = call.eventLoop
        let this = NIOLoopBound(WeakWatch(watch: self), eventLoop: loop)
        let id = board.watch(service) { state in
            loop.execute { this.value.watch?.tell(state) }
        }
        watched = (service, id)
    }

    private func tell(_ state: HealthBoard.State?) {
        guard call.isOpen else { return }
        guard call.isWritable else {
            waiting = .some(state)
            return
        }
        // Two changes that the client could not read in between may have led back to what it knows.
        guard sent != .some(state) else { return }
        sent = .some(state)
        call.send(HealthCheckResponse(state))
    }
}

/// The board must not keep a call alive that has ended.
private struct WeakWatch {
    weak var watch: HealthWatch?
}
