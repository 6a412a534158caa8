import NIOCore

/// The limits of the HTTP port.
enum HTTPLimits {
    /// Connections at once. Probes and scrapes need a handful; the rest is room for browsers.
    static let connections = 1_024
    /// How long a connection may be silent: longer than the usual interval of scrapes, so that they keep theirs.
    static let idleTimeout = TimeAmount.seconds(75)
    /// Bytes of one header field: what common proxies take.
    static let headerFieldBytes = 8 << 10
    /// Bytes of all header fields of a request: as nginx and Apache take them by default.
    static let headerBytes = 32 << 10
    /// Header fields of a request.
    static let headerFields = 100
    /// How long a body may take from its first byte to its last: 70 kB/s for the largest one.
    static let bodyTimeout = TimeAmount.seconds(30)
    /// How long a client may take nothing of what waits for it: longer than a phone needs to change networks.
    static let stallTimeout = TimeAmount.seconds(30)
    /// How long what a client still sends is thrown away after the last answer, so that it reads the answer.
    static let linger = TimeAmount.seconds(2)
    /// Time series of the metrics: a client must not be able to grow the process by what it sends.
    static let metricSeries = 4_096
    /// Time series of one metric: a label with more values than this is none.
    static let seriesPerMetric = 512
}
