/// Carries out one pull: does what `PullMachine` decides, and nothing else.
final class Pull: Sendable {
    /// What pulls share.
    struct Environment: Sendable {
        var directory: PullDirectory
        var source: any ChunkSource
        var clock: any ClientClock = SystemClock()
        var random: Randomness = systemRandomness
        var disk: DiskPool = .shared
        /// Places for pulls that move bytes.
        var slots = Slots(Limits.concurrentDownloads)
        /// The limit over all pulls of this process.
        var limiter: RateLimiter
        /// Milliseconds since 1970 by the gateway's clock.
        var gatewayTime: @Sendable () -> Int64
        var report: @Sendable (PullReport) -> Void
    }

    /// What outlives an interruption by a wish.
    private struct Progress: Sendable {
        var machine: PullMachine
        var action: PullMachine.Action
        var partial: PartialFile?
    }

    let control: PullControl
    let record: PullRecord
    private let patience: Duration?
    private let seed: SafeFileName?
    let environment: Environment
    let limiter: RateLimiter

    /// - Parameters:
    ///   - patience: How long a gateway that is away is waited for; nil: without end.
    ///   - seed: A file of the directory that has this content under another name.
    init(
        _ record: PullRecord,
        control: PullControl,
        patience: Duration? = nil,
        seed: SafeFileName? = nil,
        in environment: Environment
    ) {
        self.record = record
        self.patience = patience
        self.seed = seed
        self.control = control
        self.environment = environment
        limiter = RateLimiter(bytesPerSecond: control.bytesPerSecond, clock: environment.clock)
    }

    /// Returns how it ended; nil when the task was cancelled, and then everything is kept for the next time.
    func run() async -> PullOutcome? {
        var machine = PullMachine(record.order, patience: patience)
        let action = machine.begin(hasBegun: record.durable > 0, now: now, random: environment.random())
        var progress = Progress(machine: machine, action: action)
        while !Task.isCancelled {
            let version = control.changed.version
            limiter.bytesPerSecond = control.bytesPerSecond
            switch control.wish {
            case .end(let outcome):
                return await end(outcome, keepsPart: false, progress)
            case .pause:
                await pause(&progress)
                await control.changed.wait(beyond: version)
            case .run:
                let before = progress
                progress = await control.changed.interrupting(after: version) { await self.work(before) }
                if case .stop(let outcome, let keepsPart) = progress.action {
                    return await end(outcome, keepsPart: keepsPart, progress)
                }
            }
        }
        await keep(progress)
        return nil
    }

    var now: Int64 { environment.gatewayTime() }

    // MARK: The work between two wishes

    /// Goes from action to action until the end, or until the task is cancelled.
    private func work(_ begun: Progress) async -> Progress {
        var progress = begun
        var slot: Slots.Slot?
        await save(progress)
        while !Task.isCancelled {
            let position = progress.partial?.position ?? 0
            do throws(CrierClientError) {
                switch progress.action {
                case .stop:
                    return progress
                case .wait(let pause, let phase):
                    slot = nil
                    report(phase, position)
                    try await sleep(pause)
                    progress.action = progress.machine.waited(now: now)
                default:
                    if slot == nil {
                        report(.waiting("its turn"), position)
                        slot = await environment.slots.take()
                        guard slot != nil else { return progress }
                    }
                    try await step(&progress)
                }
            } catch {
                if Task.isCancelled { return progress }
                progress.action = progress.machine.failed(
                    error,
                    position: progress.partial?.position ?? position,
                    now: now,
                    random: environment.random()
                )
            }
        }
        return progress
    }

    private func step(_ progress: inout Progress) async throws(CrierClientError) {
        switch progress.action {
        case .prove:
            report(.proving, 0)
            if try await isAlreadyThere() {
                progress.action = .stop(.finished, keepsPart: false)
                return
            }
            let partial = try await open(&progress)
            try await prove(partial)
            progress.action = progress.machine.proved(position: partial.position)
        case .download:
            try await download(try await open(&progress))
            progress.action = progress.machine.downloaded()
        case .empty:
            let partial = try await open(&progress)
            try await environment.disk.run { () throws(CrierClientError) in try partial.reset() }
            progress.action = progress.machine.emptied(now: now)
        case .verify:
            try await verify(try await open(&progress), &progress)
        case .wait, .stop:
            break
        }
    }

    private func isAlreadyThere() async throws(CrierClientError) -> Bool {
        let (directory, order) = (environment.directory, record.order)
        return try await environment.disk.run { () throws(CrierClientError) in
            try directory.has(order, named: order.name)
        }
    }

    private func open(_ progress: inout Progress) async throws(CrierClientError) -> PartialFile {
        if let partial = progress.partial { return partial }
        let (directory, record) = (environment.directory, currentRecord)
        let partial = try await environment.disk.run { () throws(CrierClientError) in try directory.open(record) }
        progress.partial = partial
        return partial
    }

    private func prove(_ partial: PartialFile) async throws(CrierClientError) {
        let onDisk = try await environment.disk.run { () throws(CrierClientError) in try partial.bytesOnDisk() }
        let order = record.order
        // A table is worth asking for when at least one of its blocks can be there.
        let isWorthIt = onDisk > 0 && (onDisk >= order.blockSize || onDisk >= order.size)
        let table = isWorthIt ? try await environment.source.blocks(of: order) : nil
        let (directory, seed) = (environment.directory, seed)
        try await environment.disk.run { () throws(CrierClientError) in
            try partial.prove(against: table)
            // Judged in the end by the digest of the whole, like everything else.
            if let seed, let file = try directory.file(seed) { try partial.append(restOf: file) }
        }
    }

    private func verify(_ partial: PartialFile, _ progress: inout Progress) async throws(CrierClientError) {
        report(.verifying, partial.position)
        let directory = environment.directory
        let isRight = try await environment.disk.run { () throws(CrierClientError) -> Bool in
            guard partial.isRight else { return false }
            try directory.finish(partial)
            return true
        }
        let hasTable = isRight ? false : try await environment.source.blocks(of: record.order) != nil
        progress.action = progress.machine.verified(isRight, hasTable: hasTable)
    }

    // MARK: Between wishes

    private func pause(_ progress: inout Progress) async {
        await keep(progress)
        await save(progress)
        report(.paused("asked to"), progress.partial?.position ?? record.durable)
    }

    /// Makes durable what is there. A disk that refuses costs only what must be pulled again.
    private func keep(_ progress: Progress) async {
        guard let partial = progress.partial else { return }
        await environment.disk.finish { try? partial.flush() }
    }

    /// Lets the state file say what is wished now, so that a restart wishes the same. The pull works without it.
    private func save(_ progress: Progress) async {
        let (directory, record) = (environment.directory, currentRecord)
        _ = try? await environment.disk.run { () throws(CrierClientError) in
            guard let partial = progress.partial else {
                if try directory.record(of: record.order) == nil { try directory.save(record) }
                return
            }
            try partial.update {
                $0.isPaused = record.isPaused
                $0.order.maxBytesPerSecond = record.order.maxBytesPerSecond
            }
        }
    }

    private var currentRecord: PullRecord {
        var record = record
        record.isPaused = control.wish == .pause
        record.order.maxBytesPerSecond = control.bytesPerSecond
        return record
    }

    private func end(_ outcome: PullOutcome, keepsPart: Bool, _ progress: Progress) async -> PullOutcome {
        // The state file of a finished pull stays until its receiver has been told: see PullScheduler.
        if outcome != .finished {
            let (directory, order) = (environment.directory, record.order)
            try? await environment.disk.run { () throws(CrierClientError) in
                try directory.discard(order, keepingPart: keepsPart)
            }
        }
        report(.ended(outcome), outcome == .finished ? record.order.size : progress.partial?.position ?? 0)
        return outcome
    }

    func sleep(_ pause: Duration) async throws(CrierClientError) {
        do {
            try await environment.clock.sleep(for: pause)
        } catch {
            throw CrierClientError(.cancelled, "cancelled while waiting", cause: error)
        }
    }

    func report(_ phase: PullPhase, _ bytesDone: Int64) {
        environment.report(PullReport(order: record.order, phase: phase, bytesDone: bytesDone))
    }
}
