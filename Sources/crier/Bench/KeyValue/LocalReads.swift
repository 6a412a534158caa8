import CrierClient

/// Reads of ints from a `DistributedMemory`: no round trip, and no allocation.
struct LocalReads {
    let gateway: GatewayConfiguration
    let keys: Int

    /// Reads per look at the clock.
    private static let readsPerRound = 100_000

    /// Returns nanoseconds a read, one figure for each round of many.
    func run(seconds: Double) async throws -> [Double] {
        let configuration = try MemoryConfiguration(namespace: "bench", gateway: gateway)
        let names = (0..<keys).map { "local/\($0)" }
        return try await DistributedMemory.with(configuration) { memory in
            for start in stride(from: 0, to: keys, by: 100) {
                try await memory.putBatch(names[start..<min(keys, start + 100)].map { ($0, .int(1)) })
            }
            let rounds = try measure(memory, names, seconds)
            try await memory.removeAll(prefix: "local/")
            return rounds
        }
    }

    private func measure(_ memory: DistributedMemory, _ names: [String], _ seconds: Double) throws -> [Double] {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        var rounds: [Double] = []
        var next = 0
        while clock.now < end {
            var sum = 0
            let start = clock.now
            for _ in 0..<Self.readsPerRound {
                sum &+= try memory.get(names[next], as: Int.self) ?? 0
                next = next + 1 == names.count ? 0 : next + 1
            }
            rounds.append((clock.now - start) / .nanoseconds(Self.readsPerRound))
            guard sum == Self.readsPerRound else {
                throw KeyValueClientError(.internalError, "\(Self.readsPerRound - sum) reads found nothing")
            }
        }
        return rounds
    }
}
