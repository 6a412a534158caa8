public import NIOCore

/// The limits of one HTTP/2 connection: what a peer may make us hold or do.
public struct HTTP2Limits: Sendable {
    /// Streams that a peer may have open at once. 1,000: ten times what RFC 9113 §5.1.2 advises as a minimum, enough
    /// for a pipelining backend. What they hold together is bounded by the connection's window and `unreadBytes`.
    public var concurrentStreams: UInt32 = 1_000

    /// Bytes of names, values and 32 a field (RFC 9113 §10.5.1) in one header block. 16 KiB: grpcio's own hard limit.
    public var headerBytes: Int = 16 * 1024

    /// Receive window of one stream, bytes. 1 MiB fills 80 Mbit/s at 100 ms.
    public var streamWindow: Int32 = 1024 * 1024

    /// Receive window of the connection, bytes. 8 MiB: eight full streams, so one that is not read cannot block the
    /// others.
    public var connectionWindow: Int32 = 8 * 1024 * 1024

    /// Bytes that all paused streams of a connection may hold before the connection's window stays closed. 4 MiB.
    public var unreadBytes: Int = 4 * 1024 * 1024

    /// The largest DATA frame that we send, bytes, if the peer allows it, and that we take. 257 KiB: one file chunk of
    /// the default size with what describes it; a larger frame would delay what waits behind it.
    public var dataFrameBytes: Int = 257 * 1024

    /// Time from the accepted socket to the peer's first SETTINGS, TLS included. 10 s: four retransmissions of a lost
    /// packet.
    public var handshakeTimeout: TimeAmount = .seconds(10)

    /// How long a connection that is to be closed may take to hand over its last bytes. 2 s: a few retransmissions; a
    /// peer that does not read, or stopped within its TLS handshake, would keep it for ever.
    public var lastWrite: TimeAmount = .seconds(2)

    /// PING, SETTINGS, PRIORITY, RST_STREAM and unknown frames that a peer may send in a burst, and then each second,
    /// beyond one for each DATA frame that we sent. A gRPC client needs a few a minute; CVE-2019-9512, -9515 and their
    /// like send hundreds of thousands.
    public var controlFrames = FrameRate(burst: 2_000, perSecond: 200)

    /// DATA frames without bytes and without END_STREAM (CVE-2019-9518): burst, and then each second.
    public var emptyDataFrames = FrameRate(burst: 100, perSecond: 10)

    /// WINDOW_UPDATE frames a peer may send in a burst beyond two for each DATA frame that we sent.
    public var windowUpdates = FrameRate(burst: 20_000, perSecond: 2_000)

    /// Streams that we had to reset (RFC 9113 §5.4.2), in a burst and each second: "MadeYouReset", CVE-2025-8671.
    public var streamErrors = FrameRate(burst: 200, perSecond: 20)

    /// Streams that a peer opens and resets at once ("rapid reset", CVE-2023-44487): burst, and then each second.
    /// nghttp2's own defaults.
    public var streamResets = FrameRate(burst: 1_000, perSecond: 33)

    /// CONTINUATION frames that one header block may have (CVE-2024-28182). 8: 128 KiB at the default frame size.
    public var continuations: Int = 8

    public init() {}
}

/// A token bucket's size and its refill.
public struct FrameRate: Sendable, Equatable {
    /// Frames that may come at once.
    public var burst: Int
    /// Frames that are added each second.
    public var perSecond: Int

    public init(burst: Int, perSecond: Int) {
        self.burst = burst
        self.perSecond = perSecond
    }
}

/// Limits that are not a matter of settings.
enum Limit {
    /// Bytes taken from nghttp2 before one write. 256 KiB: the upper write watermark of the channel.
    static let outputHighWater = 256 * 1024

    /// Room in a loop's output for the frames around the data: with one DATA frame of the largest size beyond the
    /// high-water mark it need not grow. 64 KiB.
    static let outputSlack = 64 * 1024

    /// The largest message that lies with its loop until it is sent. 16 KiB: larger ones cost more to copy than to
    /// allocate.
    static let stagedMessageBytes = 16 * 1024

    /// Bytes that the messages of one turn may take in a loop's memory; those beyond it get memory of their own. 4 MiB:
    /// a turn of 10,000 small messages and their answers.
    static let stagingBytes = 4 * 1024 * 1024

    /// Bytes of that memory that a loop keeps between turns. 1 MiB: four reads of the largest size; memory that is got
    /// anew for each turn costs a page fault for each 4 KiB. Only what was used once is resident.
    static let stagingRetainedBytes = 1024 * 1024

    /// Part of a file in one DATA frame from which sendfile(2) is cheaper than reading it into the output, on a kernel
    /// that passes pages on (6.5 and later). 8 KiB: the frames of a peer that takes the default size of 16 KiB go by
    /// it, but for the ends of messages.
    static let sendfileBytes = 8 * 1024

    /// Bytes of a page of the page cache: what sendfile(2) passes on, wholly or in part, costs the same for each.
    static let filePageBytes: Int64 = 4096

    /// Writes of one connection before the other connections of the loop get their turn. 4 make 1 MiB.
    static let writesPerTurn = 4

    /// Bytes at the front of an object that a message on its way touches, three cache lines: the order of the fields
    /// sees to it.
    static let messageObjectBytes = 192

    /// Bytes at the front of a connection that a flush touches: five cache lines.
    static let flushConnectionBytes = 320

    /// Bytes at the front of an exchange, and of nghttp2's stream, that a flush touches: four cache lines.
    static let flushStreamBytes = 256

    /// Connections for which a loop keeps room in its list of those to flush: 128 KiB. More are flushed as well, but
    /// the room for them is given back.
    static let flushListRetained = 16_384

    /// Unsent bytes in the kernel above which a socket is not writable (tcp(7), TCP_NOTSENT_LOWAT). 128 KiB keep a fast
    /// network busy and let a control message overtake a download.
    static let unsentKernelBytes = 128 * 1024

    /// How often each loop looks at the timers of its connections. 1 s: the shortest of them is 10 s.
    static let sweepInterval: TimeAmount = .seconds(1)

    /// How long the first GOAWAY waits for its PING's answer before the second one follows (gRFC A9). 1 s.
    static let goAwayRoundTrip: TimeAmount = .seconds(1)
}
