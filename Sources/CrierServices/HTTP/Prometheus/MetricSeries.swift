import Metrics
import Synchronization

/// One line, or some, of the exposition.
protocol MetricSeries: AnyObject, Sendable {
    /// `labels` are as they stand between the braces, empty for none.
    func write(_ name: String, _ labels: String, to text: inout String)
}

/// Only grows.
final class CounterSeries: MetricSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.add(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to text: inout String) {
        PrometheusText.line(name, labels, "\(value.load(ordering: .relaxed))", to: &text)
    }
}

/// Goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let value = Double(bitPattern: bits.load(ordering: .relaxed))
        PrometheusText.line(name, labels, PrometheusText.number(value), to: &text)
    }
}

/// Read when asked for.
final class ReadingSeries: MetricSeries {
    private let read: @Sendable () -> Double

    init(_ read: @escaping @Sendable () -> Double) {
        self.read = read
    }

    func write(_ name: String, _ labels: String, to text: inout String) {
        PrometheusText.line(name, labels, PrometheusText.number(read()), to: &text)
    }
}

/// How values are distributed: counted in fixed buckets, so that it costs the same however many there are.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    /// For durations: from 100 µs to 10 s.
    static let seconds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// For bytes and counts: powers of four from 1 to 16 Mi.
    static let sizes = (0...12).map { Double(1 << (2 * $0)) }

    private struct Counts {
        /// One more than there are bounds: the last is for what is above all of them.
        var buckets: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let counts: Mutex<Counts>

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts.withLock { counts in
            counts.buckets[bucket] += 1
            counts.sum += value
        }
    }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let counts = counts.withLock { $0 }
        let separator = labels.isEmpty ? "" : ","
        var total: UInt64 = 0
        for (count, bound) in zip(counts.buckets, bounds + [.infinity]) {
            total += count
            let bucket = "\(labels)\(separator)le=\"\(PrometheusText.number(bound))\""
            PrometheusText.line("\(name)_bucket", bucket, "\(total)", to: &text)
        }
        PrometheusText.line("\(name)_sum", labels, PrometheusText.number(counts.sum), to: &text)
        PrometheusText.line("\(name)_count", labels, "\(total)", to: &text)
    }
}
