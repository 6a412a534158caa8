import NIOCore

/// Token buckets for frames that cost us work and the peer nothing.
struct FloodGuard {
    enum Kind { case control, emptyData, windowUpdate, streamError }

    private var control: TokenBucket
    private var emptyData: TokenBucket
    private var windowUpdates: TokenBucket
    private var streamErrors: TokenBucket

    init(_ limits: HTTP2Limits) {
        control = TokenBucket(limits.controlFrames)
        emptyData = TokenBucket(limits.emptyDataFrames)
        windowUpdates = TokenBucket(limits.windowUpdates)
        streamErrors = TokenBucket(limits.streamErrors)
    }

    /// False when the peer has sent too many of these.
    mutating func admits(_ kind: Kind, at now: NIODeadline) -> Bool {
        switch kind {
        case .control: control.take(at: now)
        case .emptyData: emptyData.take(at: now)
        case .windowUpdate: windowUpdates.take(at: now)
        case .streamError: streamErrors.take(at: now)
        }
    }

    /// A DATA frame that we sent is worth two WINDOW_UPDATEs: the stream's and the connection's.
    mutating func sentDataFrame() { windowUpdates.give(2) }
}

/// A token bucket that is refilled when it is asked.
struct TokenBucket {
    private let rate: FrameRate
    private var tokens: Int32
    private var refilledAt: NIODeadline?

    init(_ rate: FrameRate) {
        self.rate = rate
        tokens = Int32(clamping: rate.burst)
    }

    mutating func take(at now: NIODeadline) -> Bool {
        if tokens == 0 { refill(now) }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }

    mutating func give(_ count: Int32) { tokens = min(tokens + count, Int32(clamping: rate.burst)) }

    private mutating func refill(_ now: NIODeadline) {
        guard let since = refilledAt else {
            refilledAt = now
            return
        }
        let earned = (now - since).nanoseconds / 1_000_000 * Int64(rate.perSecond) / 1_000
        guard earned > 0 else { return }
        refilledAt = now
        tokens = Int32(min(earned, Int64(rate.burst)))
    }
}
