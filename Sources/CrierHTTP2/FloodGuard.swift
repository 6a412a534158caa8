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
    mutating func admits(_ kind: Kind, at now: NIODeadline, _ limits: HTTP2Limits) -> Bool {
        switch kind {
        case .control: control.take(at: now, limits.controlFrames)
        case .emptyData: emptyData.take(at: now, limits.emptyDataFrames)
        case .windowUpdate: windowUpdates.take(at: now, limits.windowUpdates)
        case .streamError: streamErrors.take(at: now, limits.streamErrors)
        }
    }

    /// A DATA frame that we sent is worth two WINDOW_UPDATEs, the stream's and the connection's, and one PING: by these
    /// grpc-go and others estimate what the way between us holds (their "BDP estimators").
    mutating func sentDataFrame(_ limits: HTTP2Limits) {
        windowUpdates.give(2, limits.windowUpdates)
        control.give(1, limits.controlFrames)
    }
}

/// A token bucket that is refilled when it is asked. Its rate stands in the limits: each connection has four of these.
struct TokenBucket {
    private var tokens: Int32
    private var refilledAt: NIODeadline?

    init(_ rate: FrameRate) { tokens = Int32(clamping: rate.burst) }

    mutating func take(at now: NIODeadline, _ rate: FrameRate) -> Bool {
        if refilledAt == nil { refilledAt = now }
        if tokens == 0 { refill(now, rate) }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }

    mutating func give(_ count: Int32, _ rate: FrameRate) {
        tokens = min(tokens + count, Int32(clamping: rate.burst))
    }

    private mutating func refill(_ now: NIODeadline, _ rate: FrameRate) {
        guard let since = refilledAt else { return }
        let earned = (now - since).nanoseconds / 1_000_000 * Int64(rate.perSecond) / 1_000
        guard earned > 0 else { return }
        refilledAt = now
        tokens = Int32(min(earned, Int64(rate.burst)))
    }
}
