import CrierGRPC
import CrierMessages

/// How a session ended.
enum SessionEnd: Sendable {
    /// The gateway asked us to go, and by now its `after_ms` is over.
    case redirected(Redirect)
    /// Anything else.
    case failed(CrierClientError)
}

/// Decides when and where the next session begins.
struct ReconnectPolicy: Sendable {
    enum Decision: Sendable, Equatable {
        /// Connect to these after this long.
        case connect(after: Duration, to: [HostPort])
        /// Do not come back.
        case stop(CrierClientError.Code, String)
    }

    /// The known gateways, the next to try first.
    private var targets: [HostPort]
    private var backoff = Backoff(Limits.connectBackoff)

    init(targets: [HostPort]) {
        self.targets = targets
    }

    /// - Parameter lasted: Since the welcome; nil when there was none.
    mutating func next(after end: SessionEnd, lasted: Duration?, random: Double) -> Decision {
        if let lasted, lasted >= Limits.stableSession { backoff.reset() }
        switch end {
        case .redirected(let redirect):
            if redirect.final { return .stop(.superseded, "the gateway says not to come back: \(redirect.reason)") }
            // Those that were named are tried first, then the known ones.
            let named = redirect.targets.prefix(Limits.redirectTargets).compactMap { HostPort($0) }
                .filter { $0.port > 0 }
            return .connect(after: .zero, to: named + targets.filter { !named.contains($0) })
        case .failed(let error):
            // The same words would be wrong again.
            if error.code == .invalidArgument { return .stop(error.code, error.message) }
            // A gateway that answers and does not let us in, since it is full or drains, would be the first to answer
            // again.
            if lasted == nil, let first = targets.first { targets = targets.dropFirst() + [first] }
            let pause = max(backoff.next(random: random), error.retryAfter ?? .zero)
            return .connect(after: pause, to: targets)
        }
    }
}
