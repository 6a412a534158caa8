import Testing

@testable import CrierClient

@Suite("A pull, whole", .timeLimit(.minutes(10)))
struct PullTests {
    let content = sampleBytes(20_000)

    private func unavailable() -> CrierClientError { CrierClientError(.unavailable, "the connection broke") }

    @Test("A file arrives under its name, and the pull says what it does")
    func plain() async throws {
        let harness = try PullHarness(FakeSource(content))
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.directory.bytes("file.bin") == content)
        #expect(harness.phases.first == .waiting("its turn"))
        #expect(harness.phases.contains(.downloading))
        #expect(harness.phases.last == .ended(.finished))
        #expect(harness.source.blockRequests == 0)
    }

    @Test("An empty file arrives")
    func empty() async throws {
        let harness = try PullHarness(FakeSource([]))
        #expect(await harness.outcome(try order(for: [])) == .finished)
        #expect(harness.directory.bytes("file.bin") == [])
    }

    @Test("A broken connection costs no byte that came", arguments: [0, 1000, 7000, 19_000])
    func resumes(_ after: Int) async throws {
        let harness = try PullHarness(FakeSource(content, [.breaks(after: after, unavailable())]))
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.source.offsets == [0, Int64(after)])
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test(
        "Truncation, wrong offsets and damage are seen, and the rest is pulled again",
        arguments: [
            .truncated(after: 5000), .shifted(by: 1), .shifted(by: -1), .damaged(at: 5500),
            .breaks(after: 5000, CrierClientError(.dataLoss, "my own copy is bad")),
            .breaks(after: 5000, CrierClientError(.internalError, "oops")),
        ] as [FakeSource.Script]
    )
    func recovers(_ script: FakeSource.Script) async throws {
        let harness = try PullHarness(FakeSource(content, [script]))
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.source.requests.count == 2)
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test("A gateway without offsets is never appended to what is there")
    func oldGateway() async throws {
        let harness = try PullHarness(
            FakeSource(
                content,
                hasBlocks: false,
                [.withoutOffsets(breaksAfter: 7000), .withoutOffsets(breaksAfter: nil)]
            )
        )
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.source.offsets == [0, 7000])
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test("Damage that its checksum agrees with is found in the end and only its block is doubted")
    func forged() async throws {
        let harness = try PullHarness(FakeSource(content, [.forged(at: 9000)]))
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.source.offsets == [0, 8192])
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test("A file that is not what was announced never gets a name")
    func wrongDigest() async throws {
        let source = FakeSource(content)
        let harness = try PullHarness(source)
        var order = try order(for: content)
        order.digest = try PullTests.digest(of: [1])
        let outcome = await harness.outcome(order)
        #expect(
            outcome == .failed(.dataLoss, "every block is right and the whole is not: sha256 of the notice is wrong"))
        #expect(harness.directory.names() == [".crier"])
        #expect(harness.directory.names(".crier") == [])
    }

    private static func digest(of bytes: [UInt8]) throws -> ContentDigest { try order(for: bytes).digest }

    @Test("Bytes without end are not taken")
    func endless() async throws {
        let harness = try PullHarness(FakeSource(content, [.endless]))
        guard case .failed = await harness.outcome(try order(for: content)) else {
            Issue.record("took more than was announced")
            return
        }
        #expect(harness.directory.names(".crier") == [])
    }

    @Test(
        "An unknown or another file ends the pull",
        arguments: [
            .refuses(CrierClientError(.notFound, "no such file")), .changed,
            .refuses(CrierClientError(.changed, "another digest")),
        ] as [FakeSource.Script]
    )
    func final(_ script: FakeSource.Script) async throws {
        let harness = try PullHarness(FakeSource(content, [script]))
        guard case .failed = await harness.outcome(try order(for: content)) else {
            Issue.record("went on")
            return
        }
        #expect(harness.source.requests.count == 1)
        #expect(harness.directory.names(".crier").filter { $0.hasSuffix(".state") } == [])
    }

    @Test("A part longer than the gateway's file is begun again from nothing")
    func outOfRange() async throws {
        let scripts: [FakeSource.Script] = [
            .breaks(after: 6000, unavailable()), .refuses(CrierClientError(.outOfRange, "behind the end")),
        ]
        let harness = try PullHarness(FakeSource(content, scripts))
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.source.offsets == [0, 6000, 0])
    }

    @Test("A new process goes on behind what it can prove")
    func restart() async throws {
        let source = FakeSource(content, [.silent(after: 9000)])
        let harness = try PullHarness(source)
        let order = try order(for: content)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { #expect(await harness.pull(order).run() == nil) }
            try await harness.report { $0.bytesDone == 9000 }
            group.cancelAll()
        }
        #expect(try harness.pulls.record(of: order)?.durable == 9000)
        #expect(await harness.outcome(order) == .finished)
        #expect(source.offsets == [0, 8192])
        #expect(source.blockRequests == 1)
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test("Without a block table a new process goes on behind what its state says is durable")
    func restartWithoutTable() async throws {
        let source = FakeSource(content, hasBlocks: false)
        let harness = try PullHarness(source)
        let order = try order(for: content)
        var partial: PartialFile? = try harness.pulls.open(PullRecord(order: order, received: 1))
        try content[..<5000].withUnsafeBytes { try partial!.append($0) }
        try partial!.flush()
        try content[5000..<8000].withUnsafeBytes { try partial!.append($0) }
        partial = nil
        #expect(await harness.outcome(order) == .finished)
        #expect(source.offsets == [5000])
        #expect(harness.directory.bytes("file.bin") == content)
    }

    @Test("A file that is already there is not pulled again")
    func alreadyThere() async throws {
        let harness = try PullHarness(FakeSource(content))
        try harness.directory.write("file.bin", content)
        #expect(await harness.outcome(try order(for: content)) == .finished)
        #expect(harness.source.requests.isEmpty)
    }

    @Test("A silent source is cut off after 30 s and begun again where it stood")
    func stall() async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 3000)]))
        let order = try order(for: content)
        async let outcome = harness.pull(order).run()
        try await harness.report { $0.bytesDone == 3000 }
        await harness.clock.skipSleep { $0 > .seconds(29) }
        await harness.clock.skipSleep { $0 < .seconds(29) }
        #expect(await outcome == .finished)
        #expect(harness.source.offsets == [0, 3000])
    }

    @Test("Pause keeps the part and frees the place; going on pulls only the rest")
    func pauseAndContinue() async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 3000)]))
        let order = try order(for: content)
        let control = PullControl()
        async let outcome = harness.pull(order, control: control).run()
        try await harness.report { $0.bytesDone == 3000 }
        control.ask(.pause)
        try await harness.report { $0.phase == .paused("asked to") }
        #expect(try harness.pulls.record(of: order)?.isPaused == true)
        control.ask(.run)
        #expect(await outcome == .finished)
        #expect(harness.source.offsets == [0, 3000])
    }

    @Test(
        "Abort and revocation stop at once and leave nothing",
        arguments: [.failed(.cancelled, "aborted"), .revoked] as [PullOutcome]
    )
    func ends(_ end: PullOutcome) async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 3000)]))
        let control = PullControl()
        let order = try order(for: content)
        async let outcome = harness.pull(order, control: control).run()
        try await harness.report { $0.bytesDone == 3000 }
        control.ask(.end(end))
        control.ask(.run)
        #expect(await outcome == end)
        #expect(harness.directory.names(".crier") == [])
    }

    @Test("The deadline cuts a running download")
    func deadline() async throws {
        let harness = try PullHarness(FakeSource(content, [.silent(after: 3000)]))
        var order = try order(for: content)
        order.deadline = harness.clock.wallMilliseconds + 10_000
        async let outcome = harness.pull(order).run()
        try await harness.report { $0.bytesDone == 3000 }
        await harness.clock.skipSleep()
        #expect(await outcome == .failed(.deadlineExceeded, "the notice's deadline has passed"))
    }

    @Test("A rate limit is kept, told to the gateway, and lifted while it runs")
    func rate() async throws {
        let harness = try PullHarness(FakeSource(content))
        var order = try order(for: content)
        order.maxBytesPerSecond = 4000
        let control = PullControl(bytesPerSecond: 4000)
        let started = harness.clock.now
        async let outcome = harness.pull(order, control: control).run()
        // 1000 bytes a chunk at 4000 bytes a second: four chunks take a second.
        while harness.clock.now - started < .seconds(1), !Task.isCancelled {
            await harness.clock.skipSleep { $0 < .seconds(1) }
        }
        try await harness.report { $0.bytesDone >= 4000 }
        #expect(harness.count { $0.bytesDone > 5000 } == 0)
        control.limit(to: 0)
        #expect(await outcome == .finished)
        #expect(harness.source.requests.first?.maxBytesPerSecond == 4000)
        #expect(harness.source.requests.last?.maxBytesPerSecond == 0)
    }

    @Test(
        "A full disk pauses the pull and keeps the part; it goes on when there is room",
        .enabled(if: SmallDisk.isPossible, "needs root, to mount a tmpfs")
    )
    func fullDisk() async throws {
        let disk = try SmallDisk(bytes: 256 << 10)
        let content = sampleBytes(100_000)
        let harness = try PullHarness(FakeSource(content, chunkBytes: 4096), in: disk.directory)
        try disk.directory.write("ballast", [UInt8](repeating: 1, count: 180 << 10))
        let order = try order(for: content)
        async let outcome = harness.pull(order).run()
        let report = try await harness.report { if case .paused = $0.phase { true } else { false } }
        #expect("\(report.phase)".contains("bytes are needed"))
        try disk.directory.write("ballast", [])
        await harness.clock.skipSleep { $0 <= Limits.spaceCheckInterval }
        #expect(await outcome == .finished)
        #expect(disk.directory.bytes("file.bin") == content)
    }

    @Test(
        "A disk that fills up in the middle keeps what came",
        .enabled(if: SmallDisk.isPossible, "needs root, to mount a tmpfs")
    )
    func diskFillsUp() async throws {
        let disk = try SmallDisk(bytes: 256 << 10)
        let content = sampleBytes(100_000)
        let source = FakeSource(content, chunkBytes: 4096, [.silent(after: 40_960)])
        let harness = try PullHarness(source, in: disk.directory)
        let order = try order(for: content)
        async let outcome = harness.pull(order).run()
        try await harness.report { $0.bytesDone == 40_960 }
        // The rest of the disk is taken by somebody else while the gateway is silent.
        try? disk.directory.write("ballast", [UInt8](repeating: 1, count: 190 << 10))
        await harness.clock.skipSleep { $0 > .seconds(29) }
        await harness.clock.skipSleep { $0 < .seconds(5) }
        try await harness.report { if case .paused = $0.phase { true } else { false } }
        try disk.directory.write("ballast", [])
        await harness.clock.skipSleep { $0 <= Limits.spaceCheckInterval }
        #expect(await outcome == .finished)
        #expect(source.offsets == [0, 40_960])
        #expect(disk.directory.bytes("file.bin") == content)
    }
}
