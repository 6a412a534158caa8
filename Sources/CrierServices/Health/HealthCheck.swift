import CrierGRPC
import CrierMessages

/// One Check: the state of a service, now.
final class HealthCheck: ServerCallHandler {
    private let call: ServerCall
    private let board: HealthBoard

    init(_ call: ServerCall, _ board: HealthBoard) {
        self.call = call
        self.board = board
    }

    func received(_ message: UnsafeRawBufferPointer) {
        do throws(WireError) {
            let service = try HealthCheckRequest(unpacking: message).service
            guard let state = board.state(of: service) else {
                return call.finish(GRPCStatus(.notFound, "service '\(service)' is not known"))
            }
            call.answer(HealthCheckResponse(state))
        } catch {
            call.finish(GRPCStatus(error))
        }
    }

    func receivedEnd() {
        guard call.isOpen else { return }
        call.finish(GRPCStatus(.invalidArgument, "a Check has one request; none came"))
    }
}
