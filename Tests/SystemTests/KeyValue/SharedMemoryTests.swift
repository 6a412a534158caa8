import CrierClient
import CrierGRPC
import Foundation
import Testing

extension RealProcesses {
    /// Several processes, one namespace: the examples of `docs/examples`, and `kill -9`.
    @Suite("Shared memory")
    struct SharedMemory {
        /// An example that was built beside these tests.
        private func configuration(_ gateway: Gateway, namespace: String) throws -> MemoryConfiguration {
            let target = try #require(HostPort(gateway.grpc))
            var configuration = try MemoryConfiguration(
                namespace: namespace,
                gateway: GatewayConfiguration(targets: [target])
            )
            configuration.timeout = .patience
            return configuration
        }

        @Test(
            "Two processes share a counter; one is killed and goes on at its checkpoint: nothing lost, nothing twice",
            arguments: StateBackend.allCases)
        func sharedCounter(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let gateway = try await Gateway.start(scenario, state)
                func worker(_ name: String) throws -> Program {
                    try scenario.start(
                        Scenario.built("SharedCounter"), [gateway.grpc, "400"], environment: ["CRIER_INSTANCE_ID": name]
                    )
                }
                let first = try worker("worker-1")
                let second = try worker("worker-2")
                try await first.line(containing: "step 100")
                try await first.kill9()
                try await DistributedMemory.with(configuration(gateway, namespace: "worker-1")) { memory in
                    #expect(try memory.get("app.crashed", as: Bool.self) == true)
                    let checkpoint = try memory.get("task.checkpoint", as: Int.self) ?? 0
                    #expect(checkpoint >= 100 && checkpoint < 400)
                    try await again(worker("worker-1"), checkpoint)
                    try await memory.refresh()
                    #expect(try memory.get("app.crashed", as: Bool.self) == false)
                    #expect(try memory.get("task.progress", as: Double.self) == 1)
                }
                #expect(try await second.ended() == .exited(0))
                try await DistributedMemory.with(configuration(gateway, namespace: "shared")) { memory in
                    let sum = try memory.get("counter", as: Int.self)
                    try #require(sum == 800)
                }
            }
        }

        private func again(_ worker: Program, _ checkpoint: Int) async throws {
            let line = try await worker.line(containing: "crashed before, on from step ")
            let step = line.split(separator: " ").last.flatMap { Int($0) } ?? 0
            // Its last step may have been on its way to the store when it was killed.
            #expect(step == checkpoint || step == checkpoint + 1)
            #expect(try await worker.ended() == .exited(0))
        }

        @Test(
            "The gateway is killed while two processes count: they wait for it, and the sum is right",
            arguments: StateBackend.allCases)
        func sharedCounterAcrossRestarts(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let gateway = try await Gateway.start(scenario, state)
                let workers = try ["worker-1", "worker-2"]
                    .map {
                        try scenario.start(
                            Scenario.built("SharedCounter"), [gateway.grpc, "300"],
                            environment: ["CRIER_INSTANCE_ID": $0])
                    }
                try await workers[0].line(containing: "step 50")
                try await gateway.program.kill9()
                let next = try await gateway.again(scenario, state)
                for worker in workers { #expect(try await worker.ended() == .exited(0)) }
                try await DistributedMemory.with(configuration(next, namespace: "shared")) { memory in
                    let sum = try memory.get("counter", as: Int.self)
                    try #require(sum == 600)
                }
            }
        }

        @Test(
            "A lock is exclusive across processes, and goes with a holder that is killed inside",
            arguments: StateBackend.allCases)
        func lock(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                let gateway = try await Gateway.start(scenario, state)
                func worker(_ rounds: Int) throws -> Program {
                    try scenario.start(
                        Scenario.built("SharedLock"), [gateway.grpc, "\(rounds)"],
                        environment: ["CRIER_APP_NAME": "tills"])
                }
                let doomed = try worker(1_000_000)
                let others = try [worker(40), worker(40)]
                try await doomed.line(containing: "round 5")
                // Between "inside" and "round" the lock is held; wherever it dies, the others must get on.
                try await doomed.line("another turn", from: doomed.output.lines.count) { $0.hasPrefix("inside") }
                try await doomed.kill9()
                for other in others { #expect(try await other.ended() == .exited(0)) }
                let rounds = doomed.output.lines.filter { $0.hasPrefix("round") }.count
                try await DistributedMemory.with(configuration(gateway, namespace: "tills")) { memory in
                    let balance = try memory.get("balance", as: Int.self) ?? 0
                    // Its last change may be in, although it did not live to say so.
                    #expect(balance == 80 + rounds || balance == 81 + rounds, "\(balance), \(rounds) rounds")
                    try await memory.withLock("balance") { _ in }
                }
            }
        }

        @Test(
            "A watch goes on across a restart of the gateway: every change once, in order, and no reload",
            arguments: StateBackend.allCases)
        func resume(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                var gateway = try await Gateway.start(scenario, state)
                try await DistributedMemory.with(configuration(gateway, namespace: "app")) { memory in
                    var events = memory.subscribe(prefix: "n").makeAsyncIterator()
                    for number in 1...300 {
                        if number % 100 == 0 {
                            try await gateway.program.kill9()
                            gateway = try await gateway.again(scenario, state)
                        }
                        try await persistently { try await memory.put("n", number) }
                    }
                    var last = 0
                    while last < 300, case .changed(let change)? = await events.next() {
                        // A put whose answer was lost is made again: the same number, once more.
                        let number: Int? = if case .int(let value) = change.new?.value { Int(value) } else { nil }
                        #expect(number == last + 1 || number == last)
                        #expect(!change.isReload)
                        last = number ?? last
                    }
                    #expect(last == 300)
                }
            }
        }

        @Test(
            "After random writes of several processes and cuts, every copy is what list says",
            arguments: StateBackend.allCases)
        func copies(_ backend: StateBackend) async throws {
            try await Scenario.run { scenario in
                let state = try await backend.start(scenario)
                var gateway = try await Gateway.start(scenario, state)
                let configuration = try configuration(gateway, namespace: "app")
                try await DistributedMemory.with(configuration) { first in
                    try await DistributedMemory.with(configuration) { second in
                        for round in 1...3 {
                            for _ in 0..<100 {
                                let memory = Bool.random() ? first : second
                                try await persistently { try await write(memory) }
                            }
                            if round < 3 {
                                try await gateway.program.kill9()
                                gateway = try await gateway.again(scenario, state)
                            }
                        }
                        try await first.refresh()
                        try await second.refresh()
                        let listed = try await first.client.list(in: "app").entries
                        #expect(!listed.isEmpty)
                        #expect(try first.getAll() == listed)
                        #expect(try second.getAll() == listed)
                    }
                }
            }
        }

        private func write(_ memory: DistributedMemory) async throws {
            let key = "k\(Int.random(in: 0..<20))"
            switch Int.random(in: 0..<5) {
            case 0: try await memory.remove(key)
            case 1: try await memory.put(key, "text \(Int.random(in: 0..<1000))")
            case 2: try await memory.putBatch(["a": 1, "b": .int(.random(in: 0..<1000)), "c": "x"])
            case 3: try await memory.put(key, [1, 2, 3])
            default: try await memory.increment("sum")
            }
        }

        /// Writes again while the gateway is away, as an application would whose writes may happen twice.
        private func persistently(_ write: () async throws -> Void) async throws {
            while true {
                do {
                    return try await write()
                } catch let error as KeyValueClientError where [.unavailable, .indeterminate].contains(error.code) {
                    await Task.yield()
                }
            }
        }
    }
}
