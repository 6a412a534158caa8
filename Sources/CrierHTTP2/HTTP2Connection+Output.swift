import CNGHTTP2
import NIOCore

extension HTTP2Connection {
    /// Something is queued: it goes out with the current read's flush, or once the loop has done what it is doing.
    func needsFlush() {
        guard !isDirty, !isReading, !isFlushing, phase != .closed else { return }
        isDirty = true
        loop.flushSoon(self)
    }

    /// Writes what the windows, the socket and the turn allow. What remains is no longer with the loop afterwards.
    func flush() {
        isDirty = false
        guard !isFlushing, !isReading else { return }
        writeTurn()
        settleTouched()
    }

    private func writeTurn() {
        guard session != nil, phase != .closed else { return }
        isFlushing = true
        var writes = 0
        while writes < Limit.writesPerTurn, hasOutput, canWrite, pushOut() {
            writes += 1
            dispatchEvents()
        }
        isFlushing = false
        guard session != nil, phase != .closed else { return }
        if writes == Limit.writesPerTurn, canWrite { return needsFlush() }
        if session?.isDone == true { closeAfterWrites() }
    }

    /// What the flush of a message or two will need besides the connection itself: first the session and the exchange, then,
    /// once those are there, what they point to.
    func prefetchSession() {
        session?.prefetch()
        if let exchange = firstTouched { Prefetch.object(exchange, bytes: 320) }
    }

    func prefetchStream() {
        if let stream = firstTouched?._withUnsafeGuaranteedRef({ $0.stream }) {
            Prefetch.memory(stream, bytes: 0..<256)
        }
    }

    private var hasOutput: Bool {
        resumeTouched()
        return session?.wantsWrite == true
    }

    /// Writes what must be out before the connection goes on, such as a GOAWAY. In the middle of a read or a flush, whose
    /// events are being acted on, that is one write past the turn.
    func flushNow() {
        if isFlushing || isReading { pushOut() } else { flush() }
    }

    /// One write of what the session has, up to the high-water mark. False when it had nothing.
    @discardableResult
    func pushOut() -> Bool {
        guard session != nil else { return false }
        let output = loop.output
        output.clear()
        output.takesSlices = directSocket != nil
        do throws(HTTP2Session.Failure) {
            while output.total < Limit.outputHighWater, let bytes = try session?.nextOutput() { output.append(bytes) }
        } catch {
            fail(HTTP2Error(.internalError, .local, error.message))
            return !recorder.events.isEmpty
        }
        guard output.total > 0 else { return !recorder.events.isEmpty }
        hasSent = true
        write(output)
        return true
    }

    /// nghttp2 asks for one DATA frame: its header and then bytes from the exchange's queue, straight into the output.
    func writeDataFrame(_ exchange: Exchange, header: UnsafePointer<UInt8>, count: Int) -> Int32 {
        let output = loop.output
        let frame = output.mark
        output.append(UnsafeRawBufferPointer(start: header, count: 9))
        guard exchange.outbound.take(count, into: output, loop.staging) else {
            // nghttp2 resets the stream; the others go on.
            output.truncate(to: frame)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        if exchange.noteDrained() { record(.drained(.passUnretained(exchange))) }
        // Without the pause nghttp2 would go on to the end of the windows, a whole file perhaps.
        return output.total >= Limit.outputHighWater ? NGHTTP2_ERR_PAUSE.rawValue : 0
    }
}
