public import Metrics
import Synchronization

/// Collects what the process counts through swift-metrics, and writes it in Prometheus' text format
/// (prometheus.io/docs/instrumenting/exposition_formats).
///
/// The number of time series is bounded: beyond `HTTPLimits` a new one is counted as lost and goes nowhere.
public final class MetricsRegistry: MetricsFactory {
    /// What a metric is, told to Prometheus.
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        /// By the labels as they are written.
        var series: [String: any MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var seriesCount = 0
    }

    private let state = Mutex(State())
    private let lost = CounterSeries()

    public init() {
        state.withLock { state in
            state.families["crier_metric_series_lost_total"] = Family(kind: .counter, series: ["": lost])
        }
    }

    /// Adds a figure that is read whenever somebody asks. `read` must not block.
    public func addReading(_ label: String, _ kind: Kind, _ read: @escaping @Sendable () -> Double) {
        _ = series(label, [], kind) { ReadingSeries(read) }
    }

    /// Everything, sorted by name and labels.
    public func exposition() -> String {
        let families = state.withLock { $0.families }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name, labels, to: &text)
            }
        }
        return text
    }

    /// A figure that only grows.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    /// A figure that goes up and down.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries() }
    }

    /// A distribution, or the last value when it is not to be aggregated.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        aggregate
            ? series(label, dimensions, .histogram) { HistogramSeries(bounds: HistogramSeries.sizes) }
            : series(label, dimensions, .gauge) { GaugeSeries() }
    }

    /// A distribution of durations, shown in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: HistogramSeries.seconds) }
    }

    // A counter must never go back, and its users come and go: what was counted stays.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of this name and these labels. One that does not fit is made, used, and never shown.
    private func series<S: MetricSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: Kind,
        make: () -> S
    ) -> S {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return state.withLock { state in
            if let known = state.families[name]?.series[labels] as? S { return known }
            let series = make()
            var family = state.families[name] ?? Family(kind: kind)
            guard family.kind == kind, family.series[labels] == nil,
                family.series.count < HTTPLimits.seriesPerMetric, state.seriesCount < HTTPLimits.metricSeries
            else {
                lost.increment(by: 1)
                return series
            }
            family.series[labels] = series
            state.families[name] = family
            state.seriesCount += 1
            return series
        }
    }
}
