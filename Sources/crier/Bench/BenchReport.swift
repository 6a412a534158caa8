/// A benchmark's result: figures in the order in which they are read, and what was wrong.
struct BenchReport: Encodable {
    /// One figure with its unit.
    struct Figure: Encodable {
        var name: String
        var value: Double
        var unit: String
    }

    var benchmark: String
    var figures: [Figure] = []
    /// Empty when every delivery was right.
    var faults: [String] = []

    init(_ benchmark: String) {
        self.benchmark = benchmark
    }

    mutating func add(_ name: String, _ value: Double, _ unit: String = "") {
        figures.append(Figure(name: name, value: value, unit: unit))
    }

    /// What the gateway's process used between two samples, and for each of `count` units of `unit`.
    mutating func add(
        _ before: ServerProcess.Sample?, _ after: ServerProcess.Sample?, per million: Double, _ unit: String
    ) {
        guard let before, let after else { return }
        let seconds = after.cpuSeconds - before.cpuSeconds
        add("server CPU", seconds, "s")
        if million > 0 { add("server CPU per \(unit)", seconds / million, "s") }
        add("server memory", Double(after.residentBytes) / 1_048_576, "MiB")
    }

    mutating func add(_ latency: Histogram) {
        guard latency.count > 0 else { return }
        for share in [0.5, 0.9, 0.99, 0.999] {
            add("latency p\(fixed(share * 100, share == 0.999 ? 1 : 0))", latency.quantile(share) / 1000, "ms")
        }
        add("latency max", latency.quantile(1) / 1000, "ms")
    }

    var rows: [[String]] {
        let shown = figures.map { figure in
            [figure.name, fixed(figure.value, figure.value.magnitude >= 1000 ? 0 : 3), figure.unit]
        }
        return shown + [["faults", "\(faults.count)", faults.joined(separator: "; ")]]
    }
}
