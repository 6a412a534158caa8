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
        while writes < Limit.writesPerTurn, hasOutput, canWrite {
            let pushed = pushOut()
            guard pushed != .nothing else { break }
            writes += 1
            if !recorder.events.isEmpty {
                dispatchEvents()
            } else if pushed == .all {
                // Nobody has heard of anything since: there is nothing new.
                break
            }
        }
        isFlushing = false
        guard session != nil, phase != .closed else { return }
        if writes == Limit.writesPerTurn, canWrite { return needsFlush() }
        if session?.isDone == true { closeAfterWrites() }
    }

    /// What the flush of a message or two will need besides the connection itself: first the session and the exchange,
    /// then, once those are there, what they point to.
    func prefetchSession() {
        session?.prefetch()
        if let exchange = firstTouched { Prefetch.object(exchange, bytes: Limit.flushStreamBytes) }
    }

    func prefetchStream() {
        if let stream = firstTouched?._withUnsafeGuaranteedRef({ $0.stream }) {
            Prefetch.memory(stream, bytes: 0..<Limit.flushStreamBytes)
        }
    }

    private var hasOutput: Bool {
        resumeTouched()
        return session?.wantsWrite == true
    }

    /// Writes what must be out before the connection goes on, such as a GOAWAY. In the middle of a read or a flush,
    /// whose events are being acted on, that is one write past the turn.
    func flushNow() {
        if isFlushing || isReading { pushOut() } else { flush() }
    }

    enum Pushed { case nothing, all, more }

    /// One write of what the session has, up to the high-water mark.
    @discardableResult
    func pushOut() -> Pushed {
        guard session != nil else { return .nothing }
        let output = loop.output
        output.pointee.clear()
        output.pointee.takesSlices = takesSlices
        do throws(HTTP2Session.Failure) {
            // nghttp2 calls `writeDataFrame` from within, which adds to the same output: no access may last across it.
            while output.pointee.total < Limit.outputHighWater, let bytes = try session?.nextOutput() {
                output.pointee.append(bytes)
            }
        } catch {
            fail(HTTP2Error(.internalError, .local, error.message))
            return recorder.events.isEmpty ? .nothing : .all
        }
        let count = output.pointee.total
        guard count > 0 else { return recorder.events.isEmpty ? .nothing : .all }
        hasSent = true
        write(output.pointee)
        return count < Limit.outputHighWater ? .all : .more
    }

    /// nghttp2 asks for one DATA frame: its header and then bytes from the exchange's queue, straight into the output.
    func writeDataFrame(_ exchange: Exchange, header: UnsafePointer<UInt8>, count: Int) -> Int32 {
        let output = loop.output
        let frame = output.pointee.mark
        output.pointee.append(UnsafeRawBufferPointer(start: header, count: 9))
        guard exchange.outbound.take(count, into: &output.pointee, &loop.staging.pointee) else {
            // nghttp2 resets the stream; the others go on.
            output.pointee.truncate(to: frame)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        if exchange.noteDrained() { record(.drained(.passUnretained(exchange))) }
        // Without the pause nghttp2 would go on to the end of the windows, a whole file perhaps.
        return output.pointee.total >= Limit.outputHighWater ? NGHTTP2_ERR_PAUSE.rawValue : 0
    }
}
