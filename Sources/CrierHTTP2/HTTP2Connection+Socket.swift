import NIOCore

/// From the output to the socket.
///
/// NIO alone knows when a full socket has room again, and it says so by writing something. So it gets the first piece
/// that the socket did not take; the rest waits in `unsent` and goes past NIO's queue once that piece is out. Were all
/// of it NIO's, each file slice, one for every 16 KiB, would cost a descriptor, a promise and a copy of the bytes
/// between.
extension HTTP2Connection {
    // The context is asked only where there is no other way, here and below: for most flushes it is not in the cache.
    var canWrite: Bool { directSocket != nil ? waitingWrites == 0 : context?.channel.isWritable == true }

    /// Files can be sent as they are.
    var takesSlices: Bool { directSocket != nil }

    /// Writes what the socket takes; the rest waits.
    func write(_ output: borrowing OutputBuffer) {
        guard let directSocket else {
            let bytes = ByteBuffer(bytes: output.bytes)
            context?.writeAndFlush(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
            return
        }
        var takesMore = waitingWrites == 0
        let corks = takesMore && output.slices.count > 1
        if corks { directSocket.cork(true) }
        output.forEachPiece { piece, hasMore in
            switch piece {
            case .bytes(let bytes):
                let taken = takesMore ? directSocket.write(bytes, more: hasMore) : 0
                guard taken < bytes.count else { return }
                keep(.bytes(ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[taken...]))))
            case .slice(let slice):
                let taken = slice.file._withUnsafeGuaranteedRef { file in
                    takesMore ? directSocket.send(file, offset: slice.offset, count: slice.count) : 0
                }
                guard taken < slice.count else { return }
                let whole = FileSlice(file: slice.file.takeUnretainedValue(), offset: slice.offset, count: slice.count)
                keep(.slice(whole.dropping(taken)))
            }
            takesMore = false
        }
        if corks { directSocket.cork(false) }
        if waitingWrites == 0 { waitForSocket() }
    }

    /// Has NIO write all that waits, in front of what it is given next.
    func handOverUnsent(to context: ChannelHandlerContext) {
        while let segment = unsent?.popFirst() { give(segment, to: context) }
        unsent = nil
    }

    private func keep(_ segment: OutboundQueue.Segment) {
        if unsent == nil { unsent = [segment] } else { unsent!.append(segment) }
    }

    /// NIO gets the first of what waits, if anything does: it waits for the socket.
    private func waitForSocket() {
        guard unsent != nil, let context, let segment = unsent?.popFirst() else { return }
        give(segment, to: context)
        context.flush()
    }

    private func socketHasRoom() {
        waitingWrites -= 1
        guard waitingWrites == 0 else { return }
        writeUnsent()
        if waitingWrites == 0 { flush() }
    }

    private func writeUnsent() {
        guard let directSocket, unsent != nil else { return }
        directSocket.cork(true)
        defer { directSocket.cork(false) }
        while let segment = unsent?.first {
            let taken = directSocket.write(segment, more: unsent!.count > 1)
            guard taken == segment.count else {
                unsent![unsent!.startIndex] = segment.dropping(taken)
                return waitForSocket()
            }
            unsent!.removeFirst()
        }
        unsent = nil
    }

    private func give(_ segment: OutboundQueue.Segment, to context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        switch segment {
        case .bytes(let bytes):
            context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: written)
        case .slice(let slice):
            guard let handle = slice.file.duplicate() else {
                written.succeed()
                return fail(HTTP2Error(.internalError, .local, "no descriptor left to send a file with"))
            }
            let start = Int(slice.offset)
            let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: start + slice.count)
            written.futureResult.whenComplete { _ in try? handle.close() }
            context.write(wrapOutboundOut(.fileRegion(region)), promise: written)
        }
        waitingWrites += 1
        written.futureResult.assumeIsolated().whenSuccess { self.socketHasRoom() }
    }
}
