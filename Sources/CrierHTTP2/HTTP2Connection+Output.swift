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
        while writes < Limit.writesPerTurn, canWrite(context), pushOut() {
            writes += 1
            dispatchEvents()
        }
        isFlushing = false
        guard session != nil, phase != .closed else { return }
        if writes == Limit.writesPerTurn, canWrite(context) { return needsFlush() }
        if session?.isDone == true { closeAfterWrites() }
    }

    private func canWrite(_ context: ChannelHandlerContext) -> Bool {
        directSocket != nil ? !isBlocked : context.channel.isWritable
    }

    /// One write of what the session has, up to the high-water mark. False when it had nothing.
    @discardableResult
    func pushOut() -> Bool {
        guard session != nil else { return false }
        let output = loop.output
        output.clear()
        do throws(HTTP2Session.Failure) {
            while output.count < Limit.outputHighWater, let bytes = try session?.nextOutput() { output.append(bytes) }
        } catch {
            fail(HTTP2Error(.internalError, .local, error.message))
            return false
        }
        guard output.count > 0 else { return !loop.recorder.events.isEmpty }
        hasSent = true
        write(output.bytes)
        return true
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        var taken = 0
        if let directSocket, !isBlocked { taken = directSocket.write(bytes) }
        guard taken < bytes.count, let context else { return }
        var rest = context.channel.allocator.buffer(capacity: bytes.count - taken)
        rest.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
        guard directSocket != nil else { return context.writeAndFlush(wrapOutboundOut(rest), promise: nil) }
        isBlocked = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess {
            self.isBlocked = false
            self.flush()
        }
        context.writeAndFlush(wrapOutboundOut(rest), promise: written)
    }

    /// nghttp2 asks for one DATA frame: its header and then bytes from the exchange's queue, straight into the output.
    func writeDataFrame(_ exchange: Exchange, header: UnsafePointer<UInt8>, count: Int) -> Int32 {
        let output = loop.output
        let target = output.reserve(9 + count)
        target.copyMemory(from: header, byteCount: 9)
        guard exchange.outbound.take(count, into: target + 9) else {
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        output.commit(9 + count)
        if exchange.noteDrained() { record(.drained(exchange)) }
        // Without the pause nghttp2 would go on to the end of the windows, a whole file perhaps.
        return output.count >= Limit.outputHighWater ? NGHTTP2_ERR_PAUSE.rawValue : 0
    }
}
