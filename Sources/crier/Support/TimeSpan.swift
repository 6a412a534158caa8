import ArgumentParser

/// A time as people write it: 250ms, 30s, 5m, 12h, 7d.
struct TimeSpan: ExpressibleByArgument, Sendable, Equatable {
    var milliseconds: Int64

    var duration: Duration { .milliseconds(milliseconds) }

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Double)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }) else { return nil }
        let digits = argument.dropLast(unit.suffix.count)
        guard digits.first?.isNumber == true, digits.allSatisfy({ $0.isNumber || $0 == "." }),
            let number = Double(digits)
        else { return nil }
        let total = (number * unit.milliseconds).rounded()
        guard total >= 1, total < 9e15 else { return nil }
        milliseconds = Int64(total)
    }
}
