public import NIOCore

/// The time that only goes forward, passed in so that tests can set it: for what is waited for and what runs out.
public struct MonotonicClock: Sendable {
    private let read: @Sendable () -> NIODeadline

    /// A clock that `read` answers for.
    public init(_ read: @escaping @Sendable () -> NIODeadline) {
        self.read = read
    }

    public var now: NIODeadline { read() }

    /// The machine's clock.
    public static let system = MonotonicClock { .now() }
}
