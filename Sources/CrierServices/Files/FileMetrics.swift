import Metrics

/// The counters of the file service. One touch a call or a window, none a chunk.
struct FileMetrics: Sendable {
    private let started = Counter(label: "crier_downloads_started_total")
    private let finished = Counter(label: "crier_downloads_finished_total")
    private let underWay = Meter(label: "crier_downloads")
    private let sentBytes = Counter(label: "crier_download_bytes_total")

    func downloadStarted() {
        started.increment()
        underWay.increment()
    }

    /// `bytes`: of content that was given to the stream.
    func downloadEnded(bytes: Int64, isWhole: Bool) {
        underWay.decrement()
        sentBytes.increment(by: bytes)
        if isWhole { finished.increment() }
    }
}
