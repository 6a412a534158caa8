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
        _ = link(exchange)
        needsFlush()
        return exchange
    }

    /// Whether `open` would find room.
    public var hasRoom: Bool {
        phase == .active && !isClosing && session!.remainingStreams(open: openExchanges) > 0
    }

    // MARK: Lists

    /// It was given something to send. nghttp2 hears of it within the flush and not at once: what that touches is then
    /// asked of the memory early (`HTTP2Loop.flushDirty`).
    func touch(_ exchange: Exchange) {
        exchange.isTouched = true
        exchange.nextTouched = firstTouched
        // It is on the wire, so the connection holds it, and does so until the flush (`releaseUnlinked`).
        firstTouched = .passUnretained(exchange)
    }

    func resumeTouched() {
        var touched = firstTouched
        while let entry = touched {
            touched = entry._withUnsafeGuaranteedRef { exchange in
                resume(exchange)
                return exchange.nextTouched
            }
        }
    }

    /// The flush is over: what it could not send moves from the loop to memory of its own.
    func settleTouched() {
        while let entry = firstTouched {
            let isKept = entry._withUnsafeGuaranteedRef { exchange in
                firstTouched = exchange.nextTouched
                exchange.nextTouched = nil
                exchange.isTouched = false
                resume(exchange)
                exchange.outbound.unstage(&loop.staging.pointee)
                return exchange.isKeptForFlush
            }
            if isKept { entry.release() }
        }
    }

    private func resume(_ exchange: Exchange) {
        guard exchange.needsResume else { return }
        exchange.isDeferred = false
        session?.resumeData(exchange.streamID)
    }

    /// The connection holds the exchange from now on.
    func link(_ exchange: consuming Exchange) -> HTTP2Event.Subject {
        let entry = Unmanaged.passRetained(exchange)
        entry._withUnsafeGuaranteedRef { exchange in
            exchange.next = firstExchange
            exchange.isLinked = true
        }
        firstExchange?._withUnsafeGuaranteedRef { $0.previous = entry }
        firstExchange = entry
        openExchanges += 1
        return entry
    }

    /// Takes the exchange off the list. It lives on until `releaseUnlinked`, since events that are being acted on may
    /// name it.
    func unlink(_ exchange: Exchange) {
        guard exchange.isLinked else { return }
        exchange.isLinked = false
        let next = exchange.next
        if let previous = exchange.previous {
            previous._withUnsafeGuaranteedRef { $0.next = next }
        } else {
            firstExchange = next
        }
        next?._withUnsafeGuaranteedRef { $0.previous = exchange.previous }
        exchange.previous = nil
        exchange.next = firstUnlinked
        firstUnlinked = .passUnretained(exchange)
        openExchanges -= 1
    }

    /// Lets go of the exchanges that were taken off the list; `settleTouched` does of those that the next flush still
    /// names.
    func releaseUnlinked() {
        while let entry = firstUnlinked {
            let isKept = entry._withUnsafeGuaranteedRef { exchange in
                firstUnlinked = exchange.next
                exchange.next = nil
                exchange.isKeptForFlush = exchange.isTouched
                return exchange.isTouched
            }
            if !isKept { entry.release() }
        }
    }
}
