public import CrierGRPC
import CrierMessages

/// `grpc.health.v1.Health`: Check, Watch and List over a board.
public struct HealthService: Sendable {
    static let name = "grpc.health.v1.Health"

    private let board: HealthBoard

    /// - Parameter board: what is answered.
    public init(board: HealthBoard) {
        self.board = board
    }

    /// Adds the service's methods to the table.
    public func add(to methods: inout MethodTable) {
        methods.add("Check", service: Self.name) { [board] call in HealthCheck(call, board) }
        methods.add("Watch", service: Self.name) { [board] call in HealthWatch(call, board) }
        methods.add("List", service: Self.name) { [board] call in HealthList(call, board) }
    }
}

extension HealthCheckResponse {
    /// - Parameter state: nil for a service that is not known, which only Watch says in a message.
    init(_ state: HealthBoard.State?) {
        self.init()
        status =
            switch state {
            case .serving: .serving
            case .notServing: .notServing
            case nil: .serviceUnknown
            }
    }
}
