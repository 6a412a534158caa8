import Synchronization

/// Tells how a transfer goes: a bar with rate and time left for who watches a terminal, now and then a line for logs.
final class ProgressLine: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant?
        var lastTenth: Int64 = -1
        /// Moments of the last seconds, to measure the rate by.
        var samples: [(at: ContinuousClock.Instant, done: Int64)] = []
        var isDrawn = false
    }

    private static let redrawInterval: Duration = .milliseconds(100)
    private static let lineInterval: Duration = .seconds(1)
    private static let rateWindow: Duration = .seconds(5)
    private static let barColumns = 20

    private let label: String
    private let isWatched: Bool
    private let state = Mutex(State())

    init(_ label: String, isWatched: Bool = Output.isWatched) {
        self.label = label
        self.isWatched = isWatched
        // What is over within a second needs no line in a log.
        if !isWatched { state.withLock { $0.lastShown = .now } }
    }

    /// Called as often as there is news; shows it as often as somebody can read it.
    func show(done: Int64, total: Int64, note: String = "") {
        let now = ContinuousClock.now
        let text: String? = state.withLock { state in
            let interval = isWatched ? Self.redrawInterval : Self.lineInterval
            let tenth = total > 0 ? done * 10 / max(1, total) : 10
            state.samples.removeAll { now - $0.at > Self.rateWindow }
            if state.samples.last.map({ now - $0.at >= Self.redrawInterval }) ?? true {
                state.samples.append((now, done))
            }
            let isDue = state.lastShown.map { now - $0 >= interval } ?? true
            guard isWatched ? isDue : isDue && tenth > state.lastTenth else { return nil }
            (state.lastShown, state.lastTenth, state.isDrawn) = (now, tenth, isWatched)
            let rate = Self.rate(state.samples, now, done)
            return isWatched ? bar(done, total, rate, note) : plain(done, total, rate, note)
        }
        guard let text else { return }
        if isWatched { Output.draw("\r\u{1B}[K" + text) } else { Output.note(text) }
    }

    /// Takes the bar away, so that what comes next begins on a line of its own.
    func clear() {
        let isDrawn = state.withLock { state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }
        if isDrawn { Output.draw("\r\u{1B}[K") }
    }

    private static func rate(
        _ samples: [(at: ContinuousClock.Instant, done: Int64)],
        _ now: ContinuousClock.Instant,
        _ done: Int64
    ) -> Double? {
        guard let first = samples.first, now - first.at >= .milliseconds(200) else { return nil }
        let (seconds, attoseconds) = (now - first.at).components
        return max(0, Double(done - first.done)) / (Double(seconds) + Double(attoseconds) / 1e18)
    }

    private func bar(_ done: Int64, _ total: Int64, _ rate: Double?, _ note: String) -> String {
        let share = total > 0 ? Double(done) / Double(total) : 1
        let filled = Int(share * Double(Self.barColumns))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barColumns - filled)
        return String("\(label)  \(bar) \(figures(done, total, rate, note))".prefix(Output.columns - 1))
    }

    private func plain(_ done: Int64, _ total: Int64, _ rate: Double?, _ note: String) -> String {
        "\(label)  \(figures(done, total, rate, note))"
    }

    private func figures(_ done: Int64, _ total: Int64, _ rate: Double?, _ note: String) -> String {
        let percent = total > 0 ? Int(Double(done) / Double(total) * 100) : 100
        var parts = ["\(percent) %", "\(ByteCount(done).text) of \(ByteCount(total).text)"]
        if let rate { parts.append("\(ByteCount.text(rate))/s") }
        if let rate, rate > 0, done < total { parts.append("\(Self.clock(Double(total - done) / rate)) left") }
        if !note.isEmpty { parts.append(note) }
        return parts.joined(separator: "  ")
    }

    /// 0:07, 12:05, 3:00:00.
    private static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 359_999))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        let pad = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return hours > 0 ? "\(hours):\(pad(minutes)):\(pad(rest))" : "\(minutes):\(pad(rest))"
    }
}
