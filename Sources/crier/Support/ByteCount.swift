import ArgumentParser

/// A number of bytes as people write it: 512, 64k, 10M, 1.5G. Units are powers of 1024.
struct ByteCount: ExpressibleByArgument, Sendable, Equatable {
    var bytes: Int64

    init(_ bytes: Int64) { self.bytes = bytes }

    init?(argument: String) {
        var digits = argument[...]
        if let last = digits.last, last == "b" || last == "B" { digits = digits.dropLast() }
        if digits.last == "i" { digits = digits.dropLast() }
        var factor: Double = 1
        if let unit = digits.last.flatMap({ "kmgt".firstIndex(of: Character($0.lowercased())) }) {
            factor =
                [1024, 1_048_576, 1_073_741_824, 1_099_511_627_776]["kmgt".distance(from: "kmgt".startIndex, to: unit)]
            digits = digits.dropLast()
        }
        guard let number = Double(digits), number >= 0, number * factor < 9e18, digits.first?.isNumber == true else {
            return nil
        }
        bytes = Int64(number * factor)
    }

    var defaultValueDescription: String { text }

    /// Three digits and a unit: 999 B, 1.21 MiB.
    var text: String { Self.text(Double(bytes)) }

    static func text(_ bytes: Double) -> String {
        var value = bytes
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value < 999.5 || unit == "TiB" {
                return unit == "B" ? "\(Int(value)) B" : "\(rounded(value)) \(unit)"
            }
            value /= 1024
        }
        return "\(bytes) B"
    }

    private static func rounded(_ value: Double) -> String {
        let decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        return fixed(value, decimals)
    }
}

/// A number with so many digits behind the point.
func fixed(_ value: Double, _ decimals: Int) -> String {
    let scale = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000][decimals]
    let scaled = Int64((value * Double(scale)).rounded())
    guard decimals > 0 else { return "\(scaled)" }
    let fraction = String(abs(scaled) % Int64(scale))
    let padding = String(repeating: "0", count: decimals - fraction.count)
    return "\(scaled < 0 ? "-" : "")\(abs(scaled) / Int64(scale)).\(padding)\(fraction)"
}
