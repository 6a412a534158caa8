import Synchronization
import Testing

@testable import CrierClient

@Suite("Many pulls", .timeLimit(.minutes(10)))
struct PullSchedulerTests {
    let content = sampleBytes(20_000)

    /// Runs a scheduler while `body` does.
    private func running(
        _ harness: PullHarness,
        slots: Int = 2,
        receive: @escaping PullScheduler.Receiver = { _, _ in },
        _ body: (PullScheduler) async throws -> Void
    ) async throws {
        let scheduler = PullScheduler(in: harness.environment(slots: slots), receive: receive)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await scheduler.run() }
            try await body(scheduler)
            group.cancelAll()
        }
    }

    private func isFinished(_ report: PullReport) -> Bool { report.phase == .ended(.finished) }

    @Test("One content that is announced twice is pulled once, and each notice is answered")
    func sameContentTwice() async throws {
        let harness = try PullHarness(FakeSource(content))
        try await running(harness) { scheduler in
            var first = try order(for: content)
            var second = first
            first.messageID = "one"
            second.messageID = "two"
            scheduler.submit(first)
            scheduler.submit(second)
            try await harness.report { $0.order.messageID == "one" && isFinished($0) }
            try await harness.report { $0.order.messageID == "two" && isFinished($0) }
        }
        #expect(harness.source.requests.count == 1)
    }

    @Test("One content under two names ends up under both")
    func twoNames() async throws {
        let harness = try PullHarness(FakeSource(content))
        try await running(harness) { scheduler in
            scheduler.submit(try order(for: content, name: "a"))
            scheduler.submit(try order(for: content, name: "b"))
            try await harness.report { $0.order.name.value == "a" && isFinished($0) }
            try await harness.report { $0.order.name.value == "b" && isFinished($0) }
        }
        #expect(harness.directory.bytes("a") == content)
        #expect(harness.directory.bytes("b") == content)
        #expect(harness.source.requests.count == 1)
        #expect(harness.directory.names(".crier") == [])
    }

    @Test("A notice that waits for another's bytes is not forgotten by a restart")
    func followerSurvives() async throws {
        let source = FakeSource(content, [.silent(after: 1000)])
        let harness = try PullHarness(source)
        try await running(harness) { scheduler in
            scheduler.submit(try order(for: content, name: "a"))
            try await harness.report { $0.bytesDone == 1000 }
            scheduler.submit(try order(for: content, name: "b"))
            while harness.directory.names(".crier").count(where: { $0.hasSuffix(".state") }) < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        let again = try PullHarness(source, in: harness.directory)
        try await running(again) { _ in
            try await again.report { $0.order.name.value == "a" && isFinished($0) }
            try await again.report { $0.order.name.value == "b" && isFinished($0) }
        }
        #expect(again.directory.bytes("a") == content && again.directory.bytes("b") == content)
        #expect(source.requests.count == 2)
    }

    @Test("Each of two notices for the same file is answered, also after a restart, and forgotten then")
    func duplicateSurvives() async throws {
        let source = FakeSource(content, [.silent(after: 1000)])
        let harness = try PullHarness(source)
        var (first, second) = (try order(for: content), try order(for: content))
        (first.messageID, second.messageID) = ("one", "two")
        let orders = [first, second]
        try await running(harness) { scheduler in
            scheduler.submit(orders[0])
            try await harness.report { $0.bytesDone == 1000 }
            scheduler.submit(orders[1])
            while harness.directory.names(".crier").count(where: { $0.hasSuffix(".state") }) < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        let again = try PullHarness(source, in: harness.directory)
        try await running(again) { _ in
            for order in orders { try await again.report { $0.order == order && isFinished($0) } }
        }
        #expect(source.requests.count == 2)
        #expect(again.directory.names(".crier") == [])
    }

    @Test("A revocation forgets every notice for the file that an earlier process left, whatever their messages")
    func revokedBeforeResumed() async throws {
        let harness = try PullHarness(FakeSource(content))
        var left = try order(for: content)
        left.messageID = "one"
        try harness.pulls.save(PullRecord(order: left, received: 1))
        // Not running: nothing is resumed yet.
        var revocation = left
        revocation.messageID = "two"
        await PullScheduler(in: harness.environment()) { _, _ in }.revoke(revocation)
        #expect(harness.directory.names(".crier") == [])
    }

    @Test("What is revoked is revoked under every name")
    func revokedFollowers() async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 1000)]))
        try await running(harness) { scheduler in
            let first = try order(for: content, name: "a"), second = try order(for: content, name: "b")
            scheduler.submit(first)
            try await harness.report { $0.bytesDone == 1000 }
            scheduler.submit(second)
            await scheduler.revoke(second)
            try await harness.report { $0.order == first && $0.phase == .ended(.revoked) }
            try await harness.report { $0.order == second && $0.phase == .ended(.revoked) }
        }
        #expect(harness.source.requests.count == 1)
        #expect(harness.directory.names(".crier").filter { $0.hasSuffix(".part") } == [])
    }

    @Test("The newest notice for a name wins")
    func newestWins() async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 2000)]))
        try await running(harness) { scheduler in
            let older = try order(for: sampleBytes(20_000, seed: 9))
            let newer = try order(for: content)
            scheduler.submit(older)
            try await harness.report { $0.bytesDone == 2000 }
            scheduler.submit(newer)
            try await harness.report {
                $0.order == older && $0.phase == .ended(.declined("a newer notice took its name"))
            }
            try await harness.report { $0.order == newer && isFinished($0) }
        }
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test("No more downloads at once than there are places; a paused one has none")
    func places() async throws {
        let scripts = [FakeSource.Script](repeating: .silent(after: 1000), count: 3)
        let harness = try PullHarness(FakeSource(content, scripts))
        try await running(harness) { scheduler in
            let orders = try (1...3).map { try order(for: sampleBytes(20_000, seed: UInt64($0)), name: "f\($0)") }
            for order in orders { scheduler.submit(order) }
            await harness.source.waitForRequests(2)
            #expect(harness.source.mostOpen == 2)
            let running = harness.source.requests[0].fileID
            scheduler.control(fileID: running, .pause)
            await harness.source.waitForRequests(3)
            #expect(Set(harness.source.requests.map(\.fileID)).count == 3)
        }
    }

    @Test("A restarted agent goes on with its unfinished pulls by itself")
    func restart() async throws {
        let source = FakeSource(content, [.silent(after: 9000)])
        let harness = try PullHarness(source)
        try await running(harness) { scheduler in
            scheduler.submit(try order(for: content))
            try await harness.report { $0.bytesDone == 9000 }
        }
        let again = try PullHarness(source, in: harness.directory)
        try await running(again) { _ in try await again.report(where: isFinished) }
        #expect(source.offsets == [0, 8192])
        #expect(again.directory.bytes("file.bin") == content)
    }

    @Test("A pull that the gateway paused stays paused over a restart")
    func pausedStaysPaused() async throws {
        let source = FakeSource(content, [.silent(after: 1000)])
        let harness = try PullHarness(source)
        let order = try order(for: content)
        try await running(harness) { scheduler in
            scheduler.submit(order)
            try await harness.report { $0.bytesDone == 1000 }
            scheduler.control(fileID: order.fileID, .pause)
            try await harness.report { $0.phase == .paused("asked to") }
        }
        let again = try PullHarness(source, in: harness.directory)
        try await running(again) { scheduler in
            try await again.report { $0.phase == .paused("asked to") }
            #expect(source.requests.count == 1)
            scheduler.control(fileID: order.fileID, .goOn)
            try await again.report(where: isFinished)
        }
    }

    @Test("A finished file is received again after a crash of its receiver")
    func receivedAgain() async throws {
        let source = FakeSource(content)
        let harness = try PullHarness(source)
        let order = try order(for: content)
        // The crash: everything is done but the receiver's return.
        let partial = try harness.pulls.open(PullRecord(order: order, received: 1))
        try content.withUnsafeBytes { try partial.append($0) }
        try harness.pulls.finish(partial)
        let received = Mutex<[String]>([])
        try await running(harness, receive: { _, path in received.withLock { $0.append(path) } }) { _ in
            try await harness.report(where: isFinished)
        }
        #expect(received.withLock { $0 } == ["\(harness.directory.path)/file.bin"])
        #expect(source.requests.isEmpty)
    }

    @Test("A revoked file's part goes away, whether its pull runs or not")
    func revoked() async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 1000)]))
        try await running(harness) { scheduler in
            let order = try order(for: content)
            scheduler.submit(order)
            try await harness.report { $0.bytesDone == 1000 }
            await scheduler.revoke(order)
            try await harness.report { $0.phase == .ended(.revoked) }
            await scheduler.revoke(order)
        }
        #expect(harness.directory.names(".crier") == [])
    }
}
