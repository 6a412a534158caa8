import Synchronization

@testable import CrierClient

/// A directory, a source, a clock and what was reported: everything that a pull needs.
final class PullHarness: Sendable {
    let directory: TemporaryDirectory
    let pulls: PullDirectory
    let source: FakeSource
    let clock = ManualClock()
    private let reports = Mutex<[PullReport]>([])
    private let reported = Signal()

    init(_ source: FakeSource, in directory: TemporaryDirectory? = nil) throws {
        self.directory = try directory ?? TemporaryDirectory()
        self.source = source
        pulls = try PullDirectory(path: self.directory.path)
    }

    func environment(slots: Int = 2, random: Double = 0.5, limit: Int64 = 0) -> Pull.Environment {
        let clock = clock
        return Pull.Environment(
            directory: pulls,
            source: source,
            clock: clock,
            random: { random },
            slots: Slots(slots),
            limiter: RateLimiter(bytesPerSecond: limit, clock: clock),
            gatewayTime: { clock.wallMilliseconds },
            report: { [weak self] in self?.note($0) }
        )
    }

    func pull(_ order: PullOrder, control: PullControl = PullControl(), durable: Int64 = 0) -> Pull {
        Pull(PullRecord(order: order, durable: durable, received: 0), control: control, in: environment())
    }

    /// Runs a pull to its end and skips every pause that it makes.
    func outcome(_ order: PullOrder, control: PullControl = PullControl()) async -> PullOutcome? {
        let pull = pull(order, control: control)
        return await withTaskGroup(of: PullOutcome?.self) { group in
            group.addTask { await pull.run() }
            group.addTask { [clock] in
                // Stall guards sleep for 30 s and more, and are none of our pauses.
                while !Task.isCancelled { await clock.skipSleep { $0 < .seconds(29) } }
                return nil
            }
            let outcome = await group.next() ?? nil
            group.cancelAll()
            return outcome
        }
    }

    var phases: [PullPhase] { reports.withLock { $0.map(\.phase) } }

    /// The first report that matches, as soon as it was made.
    @discardableResult
    func report(where matches: (PullReport) -> Bool) async throws -> PullReport {
        while true {
            try Task.checkCancellation()
            let version = reported.version
            if let found = reports.withLock({ $0.first(where: matches) }) { return found }
            await reported.wait(beyond: version)
        }
    }

    func count(where matches: (PullReport) -> Bool) -> Int { reports.withLock { $0.count(where: matches) } }

    private func note(_ report: PullReport) {
        reports.withLock { $0.append(report) }
        reported.raise()
    }
}
