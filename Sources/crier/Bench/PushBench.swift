import ArgumentParser
import CrierClient
import CrierMessages
import Synchronization

/// `crier bench push`: many agents, many messages, every one accounted for.
struct PushBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Push messages to connected agents; counts losses, doubles and disorder.",
        discussion: """
            Every agent is told by one sender only, so its messages have an order to be
            kept. Without --rate as fast as --outstanding allows; with it at that rate,
            and latency counts from the moment a message was due, so that a stall is not
            hidden by what was not sent meanwhile.
            """
    )

    @Option(help: "Agents to connect.")
    var agents = 1000

    @Option(help: "Messages to push, all together.")
    var messages = 100_000

    @Option(help: "Pushes without an answer at a time.")
    var outstanding = 1000

    @Option(help: "Bytes of a message; 16 at least.")
    var size = 100

    @Option(help: "Messages a second; 0: as fast as it goes.")
    var rate = 0

    @Flag(help: "Use PushStream, one pipelined call, instead of a call for each message.")
    var stream = false

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard agents > 0, messages > 0, outstanding > 0, rate >= 0, (16...1_000_000).contains(size) else {
            throw ValidationError("--agents, --messages and --outstanding are 1 or more, --size is 16 to 1000000")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let gateway = try options.gateway.configuration()
            let report = try await withBenchAgents(agents, concurrency: 200, gateway) { agents, ids in
                try await measure(agents, ids, gateway)
            }
            try options.finish(report)
        }
    }

    private func measure(
        _ agents: [BenchAgent],
        _ ids: [String],
        _ gateway: GatewayConfiguration
    ) async throws -> BenchReport {
        let tally = DeliveryTally()
        let sender = BenchSender(ids: ids, messages: messages, size: size, rate: rate, tally: tally)
        let (before, started) = (options.server?.sample(), monotonicNanoseconds())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.receive(into: tally) } }
            if stream {
                try await sender.sendPipelined(window: outstanding, gateway)
            } else {
                try await sender.sendUnary(workers: min(outstanding, ids.count), gateway)
            }
            await sender.waitForDeliveries()
            group.cancelAll()
        }
        let seconds = Double(sender.lastDelivery - started) / 1e9
        var report = BenchReport(stream ? "push, PushStream" : "push, PushToClient")
        report.add("agents", Double(ids.count))
        report.add("messages", Double(messages))
        report.add("outstanding", Double(stream ? outstanding : min(outstanding, ids.count)))
        report.add("delivered", Double(tally.delivered))
        report.add("throughput", Double(tally.delivered) / seconds, "messages/s")
        report.add(tally.latency)
        report.add(before, options.server?.sample(), per: Double(tally.delivered) / 1e6, "million delivered")
        report.faults = sender.faults
        return report
    }
}

/// Sends a benchmark's messages and knows how many must arrive.
final class BenchSender: Sendable {
    private struct State {
        var refused: [String: Int] = [:]
        var lastDelivery: UInt64 = 0
    }

    /// Requests that a pipelining backend hands over together. 64: a few KiB.
    private static let batch = 64

    private let ids: [String]
    private let messages: Int
    private let size: Int
    private let rate: Int
    private let tally: DeliveryTally
    private let started = monotonicNanoseconds()
    private let state = Mutex(State())

    init(ids: [String], messages: Int, size: Int, rate: Int, tally: DeliveryTally) {
        (self.ids, self.messages, self.size, self.rate, self.tally) = (ids, messages, size, rate, tally)
    }

    var lastDelivery: UInt64 { state.withLock { $0.lastDelivery } }

    /// What was not as it should be, in words.
    var faults: [String] {
        let refused = state.withLock { $0.refused }
        var faults = refused.sorted { $0.key < $1.key }.map { "\($0.value) pushes answered \($0.key)" }
        let expected = UInt64(messages - refused.values.reduce(0, +))
        if tally.delivered < expected { faults.append("\(expected - tally.delivered) messages were lost") }
        if tally.delivered > expected { faults.append("\(tally.delivered - expected) messages came twice") }
        if tally.reordered > 0 { faults.append("\(tally.reordered) messages came out of order") }
        return faults
    }

    /// Each worker tells its own agents, one message after the other.
    func sendUnary(workers: Int, _ gateway: GatewayConfiguration) async throws {
        // A gateway takes 1,000 calls at a time on one connection.
        let links = try (0..<(workers + 499) / 500).map { _ in try GatewayLink(gateway) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask { try await self.work(worker, of: workers, Pusher(links[worker % links.count])) }
            }
            try await group.waitForAll()
        }
        for link in links { await link.close() }
    }

    /// One call with a window of answers that are still to come.
    func sendPipelined(window: Int, _ gateway: GatewayConfiguration) async throws {
        let link = try GatewayLink(gateway)
        let pipeline = Pusher(link).pipeline()
        let places = Places(window)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while let response = try await pipeline.next() {
                    self.note(response)
                    places.giveBack()
                }
                places.close()
            }
            var next = 0
            while next < messages {
                // What the window has room for goes together; at a given rate, what is due.
                let room = rate > 0 ? 1 : min(Self.batch, messages - next)
                let count = await places.take(upTo: room)
                var requests: [PushRequest] = []
                for index in next..<next + count { requests.append(try await request(index)) }
                try await pipeline.send(contentsOf: requests)
                next += count
            }
            pipeline.finish()
            try await group.waitForAll()
        }
        await link.close()
    }

    /// Returns when everything has come, or when nothing has for ten seconds.
    func waitForDeliveries() async {
        var (seen, since) = (tally.delivered, ContinuousClock.now)
        let expected = UInt64(messages - state.withLock { $0.refused.values.reduce(0, +) })
        while tally.delivered < expected, ContinuousClock.now - since < .seconds(10) {
            try? await Task.sleep(for: .milliseconds(5))
            if tally.delivered != seen { (seen, since) = (tally.delivered, .now) }
        }
        state.withLock { $0.lastDelivery = monotonicNanoseconds() }
    }

    private func work(_ worker: Int, of workers: Int, _ pusher: Pusher) async throws {
        for round in stride(from: 0, to: messages, by: ids.count) {
            for index in stride(from: round + worker, to: min(round + ids.count, messages), by: workers) {
                note(try await pusher.push(try await request(index)))
            }
        }
    }

    /// Waits until the message is due, when there is a rate.
    private func request(_ index: Int) async throws -> PushRequest {
        var due = monotonicNanoseconds()
        if rate > 0 {
            let planned = started + UInt64(Double(index) / Double(rate) * 1e9)
            if planned > due { try await Task.sleep(for: .nanoseconds(planned - due)) }
            due = planned
        }
        let stamp = BenchStamp(number: UInt64(index / ids.count), due: due)
        return PushRequest(clientID: ids[index % ids.count], content: .data(stamp.payload(size)), tag: UInt64(index))
    }

    private func note(_ response: PushResponse) {
        guard !response.success else { return }
        state.withLock { $0.refused["\(response.outcome)", default: 0] += 1 }
    }
}

/// A window: one task takes places, another gives them back.
final class Places: Sendable {
    private struct State {
        var free: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Waits for a place; takes as many as are free then, at most `count`.
    func take(upTo count: Int) async -> Int {
        while true {
            let taken = state.withLock { state in
                let taken = min(state.free, count)
                state.free -= taken
                return taken
            }
            if taken > 0 { return taken }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.free > 0 { return true }
                    state.waiter = continuation
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    func giveBack() {
        let waiter = state.withLock { state in
            state.free += 1
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Nobody waits any more.
    func close() {
        let waiter = state.withLock { state in
            state.free = .max / 2
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
