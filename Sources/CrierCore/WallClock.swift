#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The time of day, passed in so that tests can set it. Only for what people and other machines read: what is measured
/// or waited for uses a monotonic clock.
public struct WallClock: Sendable {
    private let read: @Sendable () -> Int64

    /// A clock that `read` answers for, in milliseconds since 1970.
    public init(_ read: @escaping @Sendable () -> Int64) {
        self.read = read
    }

    /// Milliseconds since 1970, UTC.
    public var milliseconds: Int64 { read() }

    /// The machine's clock.
    public static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
