import NIOCore

/// The `grpc-timeout` field (PROTOCOL-HTTP2.md): at most eight digits and a unit.
enum Timeout {
    /// nil when the text is not a time-out.
    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> TimeAmount? {
        guard let unit = text.last, (2...Limit.timeoutDigits + 1).contains(text.count) else { return nil }
        var value: Int64 = 0
        for byte in text.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        // Eight digits of hours are more than Int64 nanoseconds hold.
        let longest = Int64.max / 4
        let nanoseconds: Int64
        switch unit {
        case UInt8(ascii: "n"): nanoseconds = 1
        case UInt8(ascii: "u"): nanoseconds = 1_000
        case UInt8(ascii: "m"): nanoseconds = 1_000_000
        case UInt8(ascii: "S"): nanoseconds = 1_000_000_000
        case UInt8(ascii: "M"): nanoseconds = 60_000_000_000
        case UInt8(ascii: "H"): nanoseconds = 3_600_000_000_000
        default: return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: nanoseconds)
        return .nanoseconds(overflow ? longest : min(product, longest))
    }

    /// The finest unit in which the time fits eight digits.
    static func format(_ time: TimeAmount) -> String {
        var value = max(time.nanoseconds, 0)
        for (unit, next) in [("n", 1_000), ("u", 1_000), ("m", 1_000), ("S", 60), ("M", 60)] as [(String, Int64)] {
            if value < 100_000_000 { return "\(value)\(unit)" }
            value = (value + next - 1) / next
        }
        return "\(min(value, 99_999_999))H"
    }
}
