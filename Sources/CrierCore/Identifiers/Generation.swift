import Synchronization

/// Grows with every session of a client, anywhere. The higher one is the client; every removal names what it removes.
public struct Generation: Sendable, Hashable, Comparable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (left: Generation, right: Generation) -> Bool { left.rawValue < right.rawValue }
}

extension Generation: CustomStringConvertible {
    public var description: String { String(rawValue) }
}

/// Where generations come from. One node counts; a cluster takes the revisions of its store.
public protocol GenerationSource: Sendable {
    /// A generation above all that this client ever had. Called under the registry's lock: it must not block.
    func next(for client: ClientID) -> Generation
}

/// The generations of a single node: the number of this start above, a count below.
///
/// The boot number grows with every start of the process, so what was handed out before a restart is always lower
/// and nothing needs to be written when a client connects.
public final class BootGenerations: GenerationSource {
    /// Bits of the count: at 100,000 connects a second they last for four months, and 16 million starts fit above.
    private static let countBits: UInt64 = 40

    /// The boot numbers that fit above the count.
    public static let bootNumbers: ClosedRange<Int64> = 0...((1 << (64 - Int64(countBits))) - 1)

    private let boot: UInt64
    private let count = Atomic<UInt64>(0)

    /// `bootNumber` counts the starts of this node, kept in its store; one of `bootNumbers`.
    public init(bootNumber: UInt64) {
        precondition(bootNumber <= Self.bootNumbers.upperBound, "a boot number has 24 bits")
        boot = bootNumber << Self.countBits
    }

    public func next(for client: ClientID) -> Generation {
        Generation(rawValue: boot + count.add(1, ordering: .relaxed).newValue)
    }
}
