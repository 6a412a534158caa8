/// One life of a node's process, chosen at random when it starts: a node that comes back is another one.
public struct Incarnation: Sendable, Hashable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

extension Incarnation: CustomStringConvertible {
    /// 16 hexadecimal digits, as records and logs spell it.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
