import NIOCore

/// Holds a sender to a rate over time. Belongs to one loop.
///
/// A send may overdraw the bucket, and the next waits until it is paid back: whatever the size of a chunk, the rate is
/// held.
struct TokenBucket {
    /// Bytes per second; 0: no limit. May change at any time.
    var bytesPerSecond: Int64
    /// Bytes that may be sent now; negative: owed.
    private var tokens: Int64
    private var filledAt: NIODeadline

    /// Begins with one chunk's worth.
    init(bytesPerSecond: Int64, now: NIODeadline) {
        self.bytesPerSecond = bytesPerSecond
        tokens = bytesPerSecond / FileServiceLimits.chunksPerSecond
        filledAt = now
    }

    /// Takes `count` bytes, or says how long to wait before asking again.
    mutating func take(_ count: Int, now: NIODeadline) -> TimeAmount? {
        guard bytesPerSecond > 0 else { return nil }
        fill(now)
        guard tokens >= 0 else {
            let nanoseconds = Double(-tokens) / Double(bytesPerSecond) * 1e9
            return .nanoseconds(Int64(nanoseconds.rounded(.up)) + 1)
        }
        tokens -= Int64(count)
        return nil
    }

    private mutating func fill(_ now: NIODeadline) {
        let earned = Int64(Double((now - filledAt).nanoseconds) / 1e9 * Double(bytesPerSecond))
        // What is less than a byte stays in the clock, or a quick loop would never earn one.
        guard earned > 0 else { return }
        tokens = min(tokens + earned, bytesPerSecond / FileServiceLimits.chunksPerSecond)
        filledAt = now
    }
}
