import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One operator's word to this node, and how the node stands until it is carried out.
struct DrainCall {
    private let life: NodeLife
    private let interval: Duration

    /// - Parameter interval: between two looks at the node.
    init(_ life: NodeLife, interval: Duration = NodeLimits.statusInterval) {
        self.life = life
        self.interval = interval
    }

    func answer(_ call: AsyncCall, _ request: DrainRequest) async throws {
        do throws(GatewayError) {
            if request.cancel {
                try life.cancel()
            } else {
                try life.drain(over: request.overMs == 0 ? nil : .milliseconds(Self.bounded(request.overMs)))
            }
        } catch {
            throw GRPCStatus(error)
        }
        var last: NodeLife.Report?
        while true {
            let report = life.report
            if report != last { try await call.send(FramedMessage(DrainStatus(report))) }
            guard report.state != .up, report.clients > 0 else { return }
            last = report
            try await Task.sleep(for: interval)
        }
    }

    /// So that its nanoseconds are a number.
    private static func bounded(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, -1), Int64.max / 1_000_000) }
}

extension DrainStatus {
    fileprivate init(_ report: NodeLife.Report) {
        let state: State =
            switch report.state {
            case .up: .up
            case .draining: .draining
            case .leaving: .leaving
            }
        self.init(nodeID: report.node.rawValue, state: state, clients: Int64(report.clients))
    }
}
