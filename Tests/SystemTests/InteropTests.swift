import Foundation
import Testing

extension RealProcesses {
    @Suite("Interop")
    struct Interop {
        @Test("Python's gRPC agrees with us on every method", .timeLimit(.minutes(30)))
        func grpcio() async throws {
            try await Scenario.run { scenario in
                let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                let run = root.appending(path: "Interop/run").path
                let program = try scenario.start(run, [], environment: ["CRIER_BIN": Scenario.crier])
                let reason = try await program.ended(within: .seconds(1700))
                #expect(reason == .exited(0), "\(program.transcript)")
            }
        }
    }
}
