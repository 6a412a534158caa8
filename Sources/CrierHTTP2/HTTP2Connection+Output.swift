import CNGHTTP2
import NIOCore

extension HTTP2Connection {
    /// Something is queued: it goes out with the current read's flush, or once the loop has done what it is doing.
    func needsFlush() {
        guard !isDirty, !isReading, !isFlushing, phase != .closed else { return }
        isDirty = true
        loop.flushSoon(self)
    }

    /// Writes what the windows, the socket and the turn allow.
    func flush() {
        isDirty = false
        guard !isFlushing, session != nil, let context, phase != .closed else { return }
        isFlushing = true
        var writes = 0
        while context.channel.isWritable || writes == 0, writes < Limit.writesPerTurn {
            guard pushOut() else { break }
            writes += 1
            dispatchEvents()
        }
        isFlushing = false
        guard session != nil, phase != .closed else { return }
        if writes == Limit.writesPerTurn, context.channel.isWritable { return needsFlush() }
        if session?.isDone == true { closeAfterWrites() }
    }

    /// One write of what the session has, up to the high-water mark. False when it had nothing.
    @discardableResult
    func pushOut() -> Bool {
        guard session != nil, let context else { return false }
        loop.output.clear()
        do throws(HTTP2Session.Failure) {
            while loop.output.readableBytes < Limit.outputHighWater, let bytes = try session?.nextOutput() {
                loop.output.writeBytes(bytes)
            }
        } catch {
            fail(HTTP2Error(.internalError, .local, error.message))
            return false
        }
        let count = loop.output.readableBytes
        guard count > 0 else { return !loop.recorder.events.isEmpty }
        hasSent = true
        guard count > Limit.smallWriteBytes else {
            var small = context.channel.allocator.buffer(capacity: count)
            small.writeImmutableBuffer(loop.output)
            context.writeAndFlush(wrapOutboundOut(small), promise: nil)
            return true
        }
        context.writeAndFlush(wrapOutboundOut(loop.output), promise: nil)
        return true
    }

    /// nghttp2 asks for one DATA frame: its header and then bytes from the exchange's queue, straight into the output.
    func writeDataFrame(_ exchange: Exchange, header: UnsafePointer<UInt8>, count: Int) -> Int32 {
        var isRead = true
        loop.output.writeWithUnsafeMutableBytes(minimumWritableBytes: 9 + count) { target in
            target.baseAddress!.copyMemory(from: header, byteCount: 9)
            isRead = exchange.outbound.take(count, into: target.baseAddress! + 9)
            return isRead ? 9 + count : 0
        }
        guard isRead else { return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue }
        if exchange.noteDrained() { record(.drained(exchange)) }
        // Without the pause nghttp2 would go on to the end of the windows, a whole file perhaps.
        return loop.output.readableBytes >= Limit.outputHighWater ? NGHTTP2_ERR_PAUSE.rawValue : 0
    }
}
