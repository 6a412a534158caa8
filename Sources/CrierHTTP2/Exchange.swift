public import NIOCore

/// What the layer above does with one exchange. All calls come on the connection's event loop.
public protocol ExchangeReceiver: AnyObject {
    /// The request's (server) or the response's (client) header fields; interim responses are left out.
    func receivedHead(_ block: HeaderBlock)
    /// Body bytes, valid during this call only.
    func receivedData(_ bytes: UnsafeRawBufferPointer)
    func receivedTrailers(_ block: HeaderBlock)
    /// The peer will send no more.
    func receivedEnd()
    /// The exchange was over its high-water mark and is now below its low one.
    func writable()
    /// The last call, exactly one: nil when both sides had ended.
    func closed(_ error: HTTP2Error?)
}

/// How an exchange shares its connection with others.
public enum TrafficClass: Sendable, Equatable {
    /// Messages: go first.
    case control
    /// Downloads: yield to `control`, share what remains with each other.
    case bulk
}

/// One request and its response on an HTTP/2 stream. Belongs to its connection's event loop.
///
/// Every method may be called at any time until `closed`, and does nothing after it.
public final class Exchange {
    // What each message touches comes first, so that it shares few cache lines (`Prefetch`).
    public internal(set) var streamID: Int32
    /// nghttp2 still knows the stream.
    var isOnWire = true
    var isHeadSent = false
    /// No more is queued after what is queued now.
    var isEndQueued = false
    /// nghttp2 has asked for data in vain: it must be told to ask again.
    var isDeferred = false
    var isTouched = false
    /// It has ended, and the connection holds it for its list of touched exchanges alone.
    var isKeptForFlush = false
    var isLinked = false
    var hasReceivedHead = false
    private(set) var hasReceivedEnd = false
    private var wasAboveHighWater = false
    private var isPaused = false
    private var isDeliveringKept = false
    private var endIsUnread = false
    // Unchecked, here and below where nothing else is said: stored and read as a whole.
    @exclusivity(unchecked) public private(set) var trafficClass = TrafficClass.control
    // Strong both ways; the connection lets go of every exchange when it ends.
    let connection: HTTP2Connection
    @exclusivity(unchecked) var receiver: (any ExchangeReceiver)?
    /// Where nghttp2 has the stream, once that waits for data; to prefetch and for nothing else.
    var stream: UnsafeRawPointer?

    // Of those that were given something to send, until the connection's flush. Intrusive, as is the list below.
    @exclusivity(unchecked) var nextTouched: Unmanaged<Exchange>?
    // Unchecked: the queue calls nobody but who fills in a message, and that one is given memory and nothing else.
    @exclusivity(unchecked) var outbound = OutboundQueue()

    // Of the connection's exchanges.
    @exclusivity(unchecked) var next: Unmanaged<Exchange>?
    @exclusivity(unchecked) var previous: Unmanaged<Exchange>?
    /// Bytes that were delivered and that nghttp2 has not heard of.
    private var unacknowledged = 0
    var queuedTrailers: HeaderList?
    @exclusivity(unchecked) private var unread: ByteBuffer?

    init(connection: HTTP2Connection, streamID: Int32) {
        self.connection = connection
        self.streamID = streamID
    }

    public var eventLoop: any EventLoop { connection.eventLoop }

    /// The other end of the connection.
    public var peer: Peer { connection.peer }

    /// The exchange and its connection: to prefetch and for nothing else.
    public var carriers: (AnyObject, AnyObject) { (self, connection) }

    public var isOpen: Bool { isOnWire }

    // MARK: Sending

    /// Bytes given to `send` that are not yet in the socket's buffer.
    public var bufferedBytes: Int { outbound.byteCount }

    /// When the oldest byte that is not yet in the socket's buffer was given to `send`; nil when nothing waits.
    public var oldestBufferedAt: NIODeadline? { outbound.oldest }

    /// Below the high-water mark of its traffic class; otherwise `writable()` will be called.
    public var isWritable: Bool { outbound.byteCount < highWater }

    // Control: 256 KiB of messages of 128 bytes are 2,000, more than a burst. Bulk: two chunks of the default size.
    private var highWater: Int { trafficClass == .control ? 256 * 1024 : 512 * 1024 }
    // Bulk: one such chunk with what describes it, so that the next is fetched while one is left.
    private var lowWater: Int { trafficClass == .control ? 128 * 1024 : 257 * 1024 }

    /// Sends the response head (server). With `endStream` it is also the end.
    public func sendHead(_ head: HeaderList, endStream: Bool = false) {
        guard isOnWire, !isHeadSent else { return }
        isHeadSent = true
        isEndQueued = endStream
        connection.submitResponse(self, head, body: !endStream)
    }

    /// Queues a part of the body that has `count` bytes, all of which `write` writes. A small one costs no allocation.
    public func send(_ count: Int, write: (UnsafeMutableRawPointer) -> Void) {
        guard mayEnqueue else { return }
        outbound.append(count, at: connection.loop.now, &connection.loop.staging.pointee, write: write)
        enqueued()
    }

    /// Queues bytes of the body.
    public func send(_ bytes: ByteBuffer) { enqueue(.bytes(bytes)) }

    /// Queues a file's bytes; they are read when they can be sent.
    public func send(_ slice: FileSlice) { enqueue(.slice(slice)) }

    /// Ends this side after what is queued, with trailers if given.
    public func sendEnd(trailers: HeaderList? = nil) {
        guard isOnWire, !isEndQueued else { return }
        isEndQueued = true
        queuedTrailers = trailers
        connection.needsFlush()
        if !isTouched { connection.touch(self) }
    }

    /// Ends the exchange at once in both directions (RST_STREAM). `closed` follows.
    public func reset(_ code: HTTP2Error.Code) {
        guard isOnWire else { return }
        outbound.removeAll(&connection.loop.staging.pointee)
        connection.reset(self, code)
    }

    /// Decides how this exchange shares the connection.
    public func setTrafficClass(_ trafficClass: TrafficClass) {
        guard self.trafficClass != trafficClass else { return }
        self.trafficClass = trafficClass
        if trafficClass == .bulk, isOnWire { connection.makeBulk(self) }
    }

    private func enqueue(_ segment: OutboundQueue.Segment) {
        guard mayEnqueue else { return }
        outbound.append(segment, at: connection.loop.now, &connection.loop.staging.pointee)
        enqueued()
    }

    private var mayEnqueue: Bool {
        guard isOnWire, !isEndQueued else { return false }
        // Reads the clock, if nothing has in this turn.
        connection.needsFlush()
        return true
    }

    private func enqueued() {
        if outbound.byteCount >= highWater { wasAboveHighWater = true }
        if !isTouched { connection.touch(self) }
    }

    /// nghttp2 has asked this exchange for data in vain, and now there is something.
    var needsResume: Bool { isDeferred && isOnWire && (isEndQueued || !outbound.isEmpty) }

    /// Bytes left the queue. True when `writable()` is due.
    func noteDrained() -> Bool {
        guard wasAboveHighWater, outbound.byteCount <= lowWater else { return false }
        wasAboveHighWater = false
        return true
    }

    // MARK: Receiving

    /// Stops deliveries and, when the window is used up, the peer. What arrives until then is kept here.
    public func pauseReceiving() { isPaused = true }

    /// Delivers what was kept and goes on.
    public func resumeReceiving() {
        guard isPaused else { return }
        isPaused = false
        // The receiver may pause and resume while it takes what was kept: the end follows after that.
        guard !isDeliveringKept else { return }
        if let kept = unread {
            unread = nil
            connection.releaseUnread(kept.readableBytes)
            let count = kept.readableBytes
            isDeliveringKept = true
            kept.withUnsafeReadableBytes { receiver?.receivedData($0) }
            isDeliveringKept = false
            if isOnWire { connection.consumeStream(self, count) }
        }
        if endIsUnread, !isPaused {
            endIsUnread = false
            receiver?.receivedEnd()
            if !isOnWire { close(nil) }
        }
    }

    func deliver(_ bytes: UnsafeRawBufferPointer) {
        guard isPaused || unread != nil else {
            connection.deliveredBytes += bytes.count
            receiver?.receivedData(bytes)
            // In steps: the stream of a unary call has ended before its first.
            unacknowledged += bytes.count
            if isOnWire, unacknowledged >= connection.streamCreditStep {
                connection.consumeStream(self, unacknowledged)
                unacknowledged = 0
            }
            return
        }
        var kept = unread ?? ByteBuffer()
        // With a second reference, every write would copy all that is kept.
        unread = nil
        kept.writeBytes(bytes)
        unread = kept
        connection.holdUnread(bytes.count)
    }

    /// The response is whole and the request is not: the rest of it is of no use (RFC 9113 §8.1).
    func stopRequest() {
        if isOnWire, !hasReceivedEnd { connection.reset(self, .noError) }
    }

    func deliverEnd() {
        hasReceivedEnd = true
        if isPaused { endIsUnread = true } else { receiver?.receivedEnd() }
    }

    /// The connection's last act on this exchange.
    func finish(_ error: HTTP2Error?) {
        isOnWire = false
        outbound.removeAll(&connection.loop.staging.pointee)
        // A response that came whole is delivered whole, however late its reader goes on: `resumeReceiving` then
        // closes.
        if endIsUnread, connection.role == .client { return }
        close(error)
    }

    private func close(_ error: HTTP2Error?) {
        if let kept = unread {
            unread = nil
            connection.releaseUnread(kept.readableBytes)
        }
        receiver.take()?.closed(error)
    }
}
