/// Decides what a pull does next. No I/O, no clock: events in, one action out.
///
///     begin ──► waiting ──► proving ──► downloading ──► verifying ──► finished
///                  ▲           │            │               │
///                  │           ▼            ▼               ▼
///                  └── pause before another attempt ◄───────┘     paused: asked to, or disk full; goes on as waiting
///                              │
///                              └──► failed (final answer, budget spent, deadline)
///
/// From every state: ask(pause) → paused, ask(abort) → failed, ask(revoke) → revoked, ask(supersede) → declined.
struct PullMachine: Sendable {
    enum Action: Sendable, Equatable {
        /// Sleep this long, then `waited`.
        case wait(Duration, PullPhase)
        /// Prove what is there, then `proved`.
        case prove
        /// Pull from the position on; `downloaded` or `failed`.
        case download
        /// Throw away what is there, then `emptied`.
        case empty
        /// Check the whole, name it, then `verified`.
        case verify
        case stop(PullOutcome, keepsPart: Bool)
    }

    private let order: PullOrder
    /// How long a gateway that is away is waited for; nil: without end.
    private let patience: Duration?
    /// Milliseconds since 1970: since when no byte came.
    private var withoutProgressSince: Int64?
    private var backoff = Backoff(Limits.pullBackoff)
    private var bestPosition: Int64 = 0
    private var attemptsWithoutProgress = 0
    private var checksumFailures = 0
    private var isProven = false
    /// The whole was wrong once although every byte had come: it is proven block by block before anybody is blamed.
    private var isDoubted = false

    init(_ order: PullOrder, patience: Duration? = nil) {
        self.order = order
        self.patience = patience
    }

    /// - Parameters:
    ///   - hasBegun: some of it is already here: the random delay was waited for before.
    ///   - now: milliseconds since 1970 by the gateway's clock.
    mutating func begin(hasBegun: Bool, now: Int64, random: Double) -> Action {
        var pause = Duration.milliseconds(max(0, order.notBefore.map { $0.subtractingSaturating(now) } ?? 0))
        if !hasBegun { pause += order.startJitter * random }
        if pause > .zero { return wait(pause, .waiting("not before its time"), now) }
        return waited(now: now)
    }

    /// The sleep is over, or the pull was let go on after a pause.
    mutating func waited(now: Int64) -> Action {
        if let tooLate = tooLate(now) { return tooLate }
        return isProven ? .download : .prove
    }

    mutating func proved(position: Int64) -> Action {
        isProven = true
        bestPosition = max(bestPosition, position)
        if isDoubted {
            isDoubted = false
            guard position < order.size else {
                return .stop(
                    .failed(.dataLoss, "every block is right and the whole is not: sha256 of the notice is wrong"),
                    keepsPart: false
                )
            }
            // Damage that no checksum shows comes back with every attempt when the source itself is damaged.
            checksumFailures += 1
            if checksumFailures >= Limits.checksumFailures {
                let reason = "a block's sha256 is not the table's, \(checksumFailures) times"
                return .stop(.failed(.dataLoss, reason), keepsPart: true)
            }
        }
        return position == order.size ? .verify : .download
    }

    mutating func downloaded() -> Action { .verify }

    mutating func emptied(now: Int64) -> Action { waited(now: now) }

    /// The digest of the whole was right or not.
    mutating func verified(_ isRight: Bool, hasTable: Bool) -> Action {
        if isRight { return .stop(.finished, keepsPart: false) }
        guard hasTable else {
            return .stop(.failed(.dataLoss, "all bytes came and their sha256 is not the notice's"), keepsPart: false)
        }
        isDoubted = true
        return .prove
    }

    /// An attempt ended at `position`. `.cancelled` never comes here.
    mutating func failed(_ error: CrierClientError, position: Int64, now: Int64, random: Double) -> Action {
        if let tooLate = tooLate(now) { return tooLate }
        noteProgress(position)
        switch error.code {
        case .notFound, .notPermitted, .unsupported, .superseded:
            return .stop(.failed(error.code, error.message), keepsPart: true)
        case .changed, .invalidArgument:
            return .stop(.failed(error.code, error.message), keepsPart: false)
        case .noSpace:
            return wait(Limits.spaceCheckInterval, .paused(error.message), now)
        case .locked:
            return wait(Limits.lockCheckInterval, .waiting(error.message), now)
        case .outOfRange:
            // The part is longer than the file: nothing in it can be trusted.
            isProven = false
            return spent(error) ?? .empty
        case .unavailable, .busy, .deadlineExceeded, .cancelled:
            // The gateway is away or full, and comes back when it comes back.
            return outOfPatience(error, now) ?? again(error, now, random)
        case .dataLoss:
            checksumFailures += 1
            if checksumFailures >= Limits.checksumFailures {
                return .stop(.failed(.dataLoss, "\(error.message), \(checksumFailures) times"), keepsPart: true)
            }
            return spent(error) ?? again(error, now, random)
        case .truncated, .protocolViolation, .io, .internalError:
            return spent(error) ?? again(error, now, random)
        }
    }

    /// Nil while there is time.
    func tooLate(_ now: Int64) -> Action? {
        guard let deadline = order.deadline, now >= deadline else { return nil }
        return .stop(.failed(.deadlineExceeded, "the notice's deadline has passed"), keepsPart: false)
    }

    private mutating func noteProgress(_ position: Int64) {
        guard position > bestPosition else { return }
        bestPosition = position
        withoutProgressSince = nil
        attemptsWithoutProgress = 0
        checksumFailures = 0
        backoff.reset()
    }

    private mutating func spent(_ error: CrierClientError) -> Action? {
        attemptsWithoutProgress += 1
        guard attemptsWithoutProgress >= Limits.attemptsWithoutProgress else { return nil }
        let reason = "\(attemptsWithoutProgress) attempts without progress; the last: \(error.message)"
        return .stop(.failed(error.code, reason), keepsPart: true)
    }

    private mutating func outOfPatience(_ error: CrierClientError, _ now: Int64) -> Action? {
        let since = withoutProgressSince ?? now
        withoutProgressSince = since
        guard let patience, .milliseconds(now.subtractingSaturating(since)) >= patience else { return nil }
        // The gateway cancelled: to whoever asked for the file, `.cancelled` would be their own doing.
        let code = error.code == .cancelled ? .unavailable : error.code
        return .stop(.failed(code, error.message), keepsPart: true)
    }

    private mutating func again(_ error: CrierClientError, _ now: Int64, _ random: Double) -> Action {
        let pause = max(backoff.next(random: random), error.retryAfter ?? .zero)
        return wait(pause, .waiting("another attempt: \(error.message)"), now)
    }

    /// Never sleeps beyond the deadline.
    private func wait(_ pause: Duration, _ phase: PullPhase, _ now: Int64) -> Action {
        guard let deadline = order.deadline else { return .wait(pause, phase) }
        return .wait(min(pause, .milliseconds(max(0, deadline.subtractingSaturating(now)))), phase)
    }
}

extension Int64 {
    func subtractingSaturating(_ other: Int64) -> Int64 {
        let (result, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : result
    }
}
