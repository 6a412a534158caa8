import Synchronization

/// All pulls of one agent into one directory: each content once, so many at a time, unfinished ones gone on with.
///
/// `run` must be running for anything to move; everything else may be called from anywhere, before or during it.
final class PullScheduler: Sendable {
    private struct Entry {
        let order: PullOrder
        let control: PullControl
        /// Other notices for the same content, answered when it has come.
        var followers: [PullOrder] = []
    }

    private struct State {
        var entries: [ContentDigest: Entry] = [:]
    }

    private enum Start: Sendable {
        case pull(Pull)
        /// Its content comes for another notice; a restart must know of it all the same.
        case remember(PullRecord)
    }

    /// What to do with a finished file; returns when the receiver has done it. Its state file stays until then.
    typealias Receiver = @Sendable (PullOrder, _ path: String) async -> Void

    private let environment: Pull.Environment
    private let receive: Receiver
    private let state = Mutex(State())
    private let starts: AsyncStream<Start>
    private let starter: AsyncStream<Start>.Continuation

    init(in environment: Pull.Environment, receive: @escaping Receiver) {
        self.environment = environment
        self.receive = receive
        // Bounded by `Limits.pulls` times `Limits.noticesPerContent`: nothing is yielded that was not admitted.
        (starts, starter) = AsyncStream.makeStream(of: Start.self)
    }

    /// Goes on with what an earlier process left, then with what is submitted, until the task is cancelled.
    func run() async {
        await resumeUnfinished()
        await withDiscardingTaskGroup { group in
            for await start in starts {
                switch start {
                case .pull(let pull): group.addTask { await self.carryOut(pull) }
                case .remember(let record): group.addTask { await self.remember(record) }
                }
            }
            group.cancelAll()
        }
    }

    /// Takes a notice. Its fate comes through the environment's reports, under its own message id.
    func submit(_ order: PullOrder) {
        let record = PullRecord(order: order, received: environment.clock.wallMilliseconds)
        submit(record)
    }

    /// Stops the pull of that content and deletes what came of it.
    func revoke(_ order: PullOrder) async {
        if let entry = entry(where: { $0.digest == order.digest }) {
            entry.control.ask(.end(.revoked))
            return
        }
        let directory = environment.directory
        await environment.disk.finish { try? directory.discardAll(order) }
        report(order, .ended(.revoked))
    }

    enum Command: Sendable, Equatable {
        case goOn, pause, abort
        /// Bytes a second; 0 for no limit.
        case limit(Int64)
    }

    /// False when nothing of that id is being pulled.
    @discardableResult
    func control(fileID: String, _ command: Command) -> Bool {
        guard let entry = entry(where: { $0.fileID == fileID || $0.digest.fileID == fileID }) else { return false }
        switch command {
        case .goOn: entry.control.ask(.run)
        case .pause: entry.control.ask(.pause)
        case .abort: entry.control.ask(.end(.failed(.cancelled, "aborted by the gateway")))
        case .limit(let bytesPerSecond): entry.control.limit(to: bytesPerSecond)
        }
        return true
    }

    // MARK: One pull

    private func resumeUnfinished() async {
        let (directory, now) = (environment.directory, environment.clock.wallMilliseconds)
        let records = try? await environment.disk.run { () throws(CrierClientError) in
            try directory.unfinished(now: now)
        }
        for record in records ?? [] { submit(record) }
    }

    private enum Admission {
        case start(Pull, superseded: [PullControl])
        case follows
        case refused(String)
    }

    private func submit(_ record: PullRecord, seed: SafeFileName? = nil) {
        switch state.withLock({ admit(record, seed, &$0) }) {
        case .start(let pull, let superseded):
            for control in superseded { control.ask(.end(.declined("a newer notice took its name"))) }
            starter.yield(.pull(pull))
        case .follows:
            starter.yield(.remember(record))
            report(record.order, .waiting("the same content is on its way"))
        case .refused(let reason):
            report(record.order, .ended(.declined(reason)))
        }
    }

    private func admit(_ record: PullRecord, _ seed: SafeFileName?, _ state: inout State) -> Admission {
        let order = record.order
        if var entry = state.entries[order.digest] {
            guard entry.followers.count < Limits.noticesPerContent else {
                return .refused("\(Limits.noticesPerContent) notices already wait for this content")
            }
            entry.followers.append(order)
            state.entries[order.digest] = entry
            return .follows
        }
        guard state.entries.count < Limits.pulls else {
            return .refused("\(Limits.pulls) pulls are unfinished; no more are taken")
        }
        let superseded = state.entries.values.filter { $0.order.name == order.name }.map(\.control)
        let control = PullControl(isPaused: record.isPaused, bytesPerSecond: order.maxBytesPerSecond)
        state.entries[order.digest] = Entry(order: order, control: control)
        return .start(Pull(record, control: control, seed: seed, in: environment), superseded: superseded)
    }

    private func carryOut(_ pull: Pull) async {
        let order = pull.record.order
        guard let outcome = await pull.run() else { return }
        if outcome == .finished {
            await receive(order, environment.directory.path(of: order.name))
            // A receiver that was told to stop may not be through: the next process asks it again.
            if Task.isCancelled { return }
            await forget(order)
        }
        let followers = state.withLock { $0.entries.removeValue(forKey: order.digest)?.followers ?? [] }
        for follower in followers { await answer(follower, after: order, outcome) }
    }

    /// The same name, or an end that is the content's: the same fate, told once it is no longer remembered. Another
    /// name: a pull of its own, from the file.
    private func answer(_ follower: PullOrder, after order: PullOrder, _ outcome: PullOutcome) async {
        switch outcome {
        case .finished where follower.name != order.name:
            submit(PullRecord(order: follower, received: environment.clock.wallMilliseconds), seed: order.name)
        case .declined where follower.name != order.name:
            submit(follower)
        case .finished, .declined, .failed, .revoked:
            await forget(follower, keepingPart: true)
            report(follower, .ended(outcome))
        }
    }

    /// Best effort: on a full disk the notice lives as long as this process.
    private func remember(_ record: PullRecord) async {
        let directory = environment.directory
        try? await environment.disk.run { () throws(CrierClientError) in
            if try directory.record(of: record.order) == nil { try directory.save(record) }
        }
        // Its end may have come meanwhile, before there was anything to forget.
        let isWanted = state.withLock { state in
            let entry = state.entries[record.order.digest]
            return entry?.order == record.order || entry?.followers.contains(record.order) == true
        }
        if !isWanted { await forget(record.order) }
    }

    private func forget(_ order: PullOrder, keepingPart: Bool = false) async {
        let directory = environment.directory
        await environment.disk.finish { try? directory.discard(order, keepingPart: keepingPart) }
    }

    private func entry(where matches: (PullOrder) -> Bool) -> Entry? {
        state.withLock { state in
            state.entries.values.first { matches($0.order) || $0.followers.contains(where: matches) }
        }
    }

    private func report(_ order: PullOrder, _ phase: PullPhase) {
        let isDone = phase == .ended(.finished)
        environment.report(PullReport(order: order, phase: phase, bytesDone: isDone ? order.size : 0))
    }
}
