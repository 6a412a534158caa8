import CrierGRPC
import CrierMessages

/// One List: the states of all services, now.
final class HealthList: ServerCallHandler {
    private let call: ServerCall
    private let board: HealthBoard

    init(_ call: ServerCall, _ board: HealthBoard) {
        self.call = call
        self.board = board
    }

    func received(_ message: UnsafeRawBufferPointer) {
        do throws(WireError) {
            _ = try HealthListRequest(unpacking: message)
            let states = board.states
            guard states.count <= Limits.listedServices else {
                return call.finish(
                    GRPCStatus(
                        .resourceExhausted, "\(states.count) services; a List has at most \(Limits.listedServices)"))
            }
            call.answer(HealthListResponse(statuses: states.mapValues { HealthCheckResponse($0) }))
        } catch {
            call.finish(GRPCStatus(error))
        }
    }

    func receivedEnd() {
        guard call.isOpen else { return }
        call.finish(GRPCStatus(.invalidArgument, "a List has one request; none came"))
    }
}
