/// What exchanges ask of their connection.
extension HTTP2Connection {
    // MARK: Flow control

    func consumeStream(_ exchange: Exchange, _ count: Int) {
        session?.consumeStream(exchange.streamID, count)
        if !isReading { needsFlush() }
    }

    func consumeConnection(_ count: Int) { session?.consumeConnection(count) }

    /// A paused exchange keeps bytes. Up to the limit they do not count against the others' window.
    func holdUnread(_ count: Int) {
        unreadBytes += count
        if unreadBytes <= limits.unreadBytes { consumeConnection(count) } else { withheldCredit += count }
    }

    func releaseUnread(_ count: Int) {
        unreadBytes -= count
        guard withheldCredit > 0, unreadBytes <= limits.unreadBytes else { return }
        consumeConnection(withheldCredit)
        withheldCredit = 0
        needsFlush()
    }

    // MARK: What exchanges ask

    func submitResponse(_ exchange: Exchange, _ head: HeaderList, body: Bool) {
        _ = session?.submitResponse(exchange, head, body: body)
        needsFlush()
    }

    func reset(_ exchange: Exchange, _ code: HTTP2Error.Code) {
        session?.reset(exchange.streamID, code)
        needsFlush()
    }

    func makeBulk(_ exchange: Exchange) { session?.makeBulk(exchange.streamID) }

    /// Opens an exchange (client). nil when the connection takes no more: draining, or the peer's limit is reached.
    public func open(_ head: HeaderList, receiver: any ExchangeReceiver) -> Exchange? {
        guard hasRoom else { return nil }
        let exchange = Exchange(connection: self, streamID: 0)
        exchange.isHeadSent = true
        guard let streamID = session!.submitRequest(exchange, head) else { return nil }
        exchange.streamID = streamID
        exchange.receiver = receiver
        link(exchange)
        needsFlush()
        return exchange
    }

    /// Whether `open` would find room.
    public var hasRoom: Bool {
        phase == .active && !isClosing && session!.remainingStreams(open: openExchanges) > 0
    }

    // MARK: Lists

    /// It was given something to send. nghttp2 hears of it within the flush and not at once: what that touches is then asked of
    /// the memory early (`HTTP2Loop.flushDirty`).
    func touch(_ exchange: Exchange) {
        exchange.isTouched = true
        exchange.nextTouched = firstTouched
        firstTouched = exchange
    }

    func resumeTouched() {
        var touched = firstTouched
        while let exchange = touched {
            resume(exchange)
            touched = exchange.nextTouched
        }
    }

    /// The flush is over: what it could not send moves from the loop to memory of its own.
    func settleTouched() {
        while let exchange = firstTouched {
            firstTouched = exchange.nextTouched
            exchange.nextTouched = nil
            exchange.isTouched = false
            resume(exchange)
            exchange.outbound.unstage(loop.staging)
        }
    }

    private func resume(_ exchange: Exchange) {
        guard exchange.needsResume else { return }
        exchange.isDeferred = false
        session?.resumeData(exchange.streamID)
    }

    func link(_ exchange: Exchange) {
        exchange.next = firstExchange
        firstExchange?.previous = exchange
        firstExchange = exchange
        openExchanges += 1
    }

    func unlink(_ exchange: Exchange) {
        guard exchange.previous != nil || firstExchange === exchange else { return }
        if let previous = exchange.previous { previous.next = exchange.next } else { firstExchange = exchange.next }
        exchange.next?.previous = exchange.previous
        exchange.next = nil
        exchange.previous = nil
        openExchanges -= 1
    }
}
