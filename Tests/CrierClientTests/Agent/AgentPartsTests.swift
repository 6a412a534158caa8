import CrierGRPC
import CrierMessages
import Testing

@testable import CrierClient

@Suite("An agent's parts")
struct AgentPartsTests {
    @Test("Remembered ids are bounded, and the newest are the ones remembered")
    func recentIDs() {
        var recent = RecentIDs(limit: 3)
        let answers = ["a", "b", "c", "d", "b", "d", "a", "", ""].map { recent.insert($0) }
        #expect(answers == [true, true, true, true, false, false, true, true, true])
    }

    @Test("Of one pull only the last state waits; nothing final is ever replaced")
    func outbox() async {
        let outbox = Outbox()
        func status(_ state: FileStatus.State, _ bytes: Int64 = 0) -> ClientMessage.Payload {
            .fileStatus(FileStatus(fileID: "f", state: state, bytesDone: bytes, messageID: "m"))
        }
        outbox.put(status(.accepted))
        outbox.put(status(.downloading, 10))
        outbox.put(status(.downloading, 20))
        outbox.put(status(.verified))
        outbox.put(status(.installed))
        #expect(await outbox.take() == status(.verified))
        #expect(await outbox.take() == status(.installed))
    }

    @Test("What waits to be sent is bounded")
    func outboxLimit() async {
        let outbox = Outbox()
        for number in 0..<Limits.waitingSends + 5 { outbox.put(.ack(Ack(sequence: UInt64(number)))) }
        #expect(await outbox.take() == .ack(Ack(sequence: 5)))
    }

    @Test("Of too much, progress is forgotten before anything final is")
    func outboxForgets() async {
        let outbox = Outbox()
        let final = ClientMessage.Payload.fileStatus(FileStatus(fileID: "f", state: .verified))
        outbox.put(final)
        for number in 0..<Limits.waitingSends { outbox.put(.heartbeat(Heartbeat(timestamp: Int64(number)))) }
        #expect(await outbox.take() == final)
        #expect(await outbox.take() == .heartbeat(Heartbeat(timestamp: 1)))
    }

    @Test("Progress is reported by tenths and every half minute, each change of state at once")
    func statusReports() throws {
        let order = try order(for: sampleBytes(1000))
        var reporter = StatusReporter()
        var sent: [Int64] = []
        for done in stride(from: Int64(0), through: 1000, by: 10) {
            let report = PullReport(order: order, phase: .downloading, bytesDone: done)
            if let status = reporter.status(for: report, now: .zero) { sent.append(status.bytesDone) }
        }
        #expect(sent == Array(stride(from: 0, through: 1000, by: 100)))
        let later = PullReport(order: order, phase: .downloading, bytesDone: 1000)
        #expect(reporter.status(for: later, now: .seconds(29)) == nil)
        #expect(reporter.status(for: later, now: .seconds(30)) != nil)
        let paused = PullReport(order: order, phase: .paused("disk"), bytesDone: 1000)
        #expect(reporter.status(for: paused, now: .seconds(30))?.state == .paused)
        #expect(reporter.status(for: paused, now: .seconds(99)) == nil)
    }

    @Test("Pauses between sessions grow, and begin anew after a session that held")
    func reconnectPolicy() {
        let home = [HostPort(host: "a", port: 1)]
        var policy = ReconnectPolicy(targets: home)
        let lost = SessionEnd.failed(CrierClientError(.unavailable, "lost"))
        #expect(policy.next(after: lost, lasted: nil, random: 0.5) == .connect(after: .seconds(1), to: home))
        #expect(
            policy.next(after: lost, lasted: .seconds(1), random: 0.5) == .connect(after: .seconds(1) * 1.6, to: home)
        )
        #expect(policy.next(after: lost, lasted: .seconds(60), random: 0.5) == .connect(after: .seconds(1), to: home))
        let moved = SessionEnd.redirected(Redirect(targets: ["b:2", "nonsense"], reason: "drain"))
        let there = [HostPort(host: "b", port: 2)]
        #expect(policy.next(after: moved, lasted: nil, random: 0.5) == .connect(after: .zero, to: there + home))
        guard case .connect(_, home) = policy.next(after: lost, lasted: nil, random: 0.5) else {
            Issue.record("an unreachable redirect target must not be dialled for ever")
            return
        }
    }

    @Test("A gateway that did not let us in is the last to be tried again")
    func refusals() {
        let gateways = ["a", "b", "c"].map { HostPort(host: $0, port: 1) }
        var policy = ReconnectPolicy(targets: gateways)
        func next(_ lasted: Duration?) -> [String] {
            let refused = SessionEnd.failed(CrierClientError(.busy, "full"))
            guard case .connect(_, let targets) = policy.next(after: refused, lasted: lasted, random: 0.5) else {
                return []
            }
            return targets.map(\.host)
        }
        #expect(next(nil) == ["b", "c", "a"])
        #expect(next(nil) == ["c", "a", "b"])
        #expect(next(.seconds(1)) == ["c", "a", "b"])
    }
}
