public import CrierCore
import NIOCore
import Synchronization

/// Both clocks of a store, which stand still until they are moved.
public final class ManualTime: Sendable {
    private let milliseconds = Mutex<Int64>(0)

    public init() {}

    public func advance(milliseconds amount: Int64) {
        milliseconds.withLock { $0 += amount }
    }

    public var wallClock: WallClock {
        WallClock { self.milliseconds.withLock { 1_700_000_000_000 + $0 } }
    }

    public var monotonicClock: MonotonicClock {
        MonotonicClock { self.milliseconds.withLock { .uptimeNanoseconds(1_000_000_000) + .milliseconds($0) } }
    }
}
