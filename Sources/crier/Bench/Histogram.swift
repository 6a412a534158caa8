/// Microseconds, counted in buckets that are at most 3 % wide: constant memory, however many there are.
struct Histogram: Sendable {
    private static let exact = 64
    private static let steps = 32
    private var counts = [UInt64](repeating: 0, count: exact + steps * 58)
    private(set) var count: UInt64 = 0

    mutating func record(microseconds: Int64) {
        counts[Self.bucket(UInt64(max(0, microseconds)))] += 1
        count += 1
    }

    mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
    }

    /// The upper edge of the bucket below which this share lies, in microseconds.
    func quantile(_ share: Double) -> Double {
        var left = Int64((Double(count) * share).rounded(.up))
        for (index, count) in counts.enumerated() {
            left -= Int64(count)
            if left <= 0, count > 0 { return Double(Self.upperEdge(index)) }
        }
        return 0
    }

    private static func bucket(_ value: UInt64) -> Int {
        guard value >= UInt64(exact) else { return Int(value) }
        let power = 63 - value.leadingZeroBitCount
        // The five bits behind the leading one choose the step within its power of two.
        return exact + (power - 6) * steps + Int(value >> UInt64(power - 5)) - steps
    }

    private static func upperEdge(_ bucket: Int) -> UInt64 {
        guard bucket >= exact else { return UInt64(bucket) }
        let (power, step) = ((bucket - exact) / steps + 6, (bucket - exact) % steps)
        return UInt64(steps + step + 1) << UInt64(power - 5) - 1
    }
}
