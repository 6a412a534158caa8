import NIOCore

/// What nghttp2 told while it was fed: recorded within its callbacks, acted on after them.
extension HTTP2Connection {
    func record(_ event: HTTP2Event) { recorder.record(event) }

    /// Bytes for a stream that is gone still used the connection's window.
    func recordOrphanData(_ count: Int) { withheldCredit += count }

    func sentDataFrame() {
        floodGuard.sentDataFrame(settings.limits)
        if role == .server { pingPolicy.sentFrame() }
    }

    func sentHeadersFrame() {
        if role == .server { pingPolicy.sentFrame() }
    }

    func makeExchange(streamID: Int32) -> HTTP2Event.Subject { link(Exchange(connection: self, streamID: streamID)) }

    /// Acts on what the session recorded, and on what that records in turn. Never called from within itself: the
    /// recorder is the loop's. Once the connection is closed, every exchange has heard of it and the rest means
    /// nothing.
    func dispatchEvents() {
        isDispatching = true
        var index = 0
        while index < recorder.events.count, phase != .closed {
            let event = recorder.events[index]
            index += 1
            handle(event)
        }
        isDispatching = false
        releaseUnlinked()
        if let partial = recorder.takePartialBlock() { partialBlock = partial }
        recorder.reset()
        if deliveredBytes > 0 {
            session?.consumeConnection(deliveredBytes)
            deliveredBytes = 0
        }
        if withheldCredit > 0, unreadBytes < limits.unreadBytes {
            session?.consumeConnection(withheldCredit)
            withheldCredit = 0
        }
    }

    /// The connection holds every exchange that an event names until all events were acted on, whatever they call: no
    /// reference needs to be counted here.
    private func handle(_ event: HTTP2Event) {
        switch event {
        case .headers(let subject, let fields, let isTruncated):
            subject._withUnsafeGuaranteedRef { deliverHeaders($0, fields, isTruncated) }
        case .data(let subject, let bytes): subject._withUnsafeGuaranteedRef { $0.deliver(bytes) }
        case .ended(let subject): subject._withUnsafeGuaranteedRef { $0.deliverEnd() }
        case .drained(let subject): subject._withUnsafeGuaranteedRef { $0.receiver?.writable() }
        case .endSent(let subject): subject._withUnsafeGuaranteedRef { $0.stopRequest() }
        case .closed(let subject, let code): subject._withUnsafeGuaranteedRef { close($0, code) }
        case .settings: receivedSettings()
        case .ping: receivedPing()
        case .pingAcknowledged: receivedPingAcknowledgement()
        case .goAway(let code): receivedGoAway(code, recorder.goAwayText)
        case .controlFrame: admit(.control, "control frames")
        case .emptyData: admit(.emptyData, "empty DATA frames")
        case .windowUpdate: admit(.windowUpdate, "WINDOW_UPDATE frames")
        case .invalidFrame: admit(.streamError, "invalid frames")
        }
    }

    private func deliverHeaders(_ exchange: Exchange, _ fields: Range<Int>, _ isTruncated: Bool) {
        if exchange.receiver == nil, !exchange.hasReceivedHead {
            exchange.receiver = acceptor?.accept(exchange)
        }
        let block = recorder.block(fields, isTruncated: isTruncated)
        if exchange.hasReceivedHead {
            exchange.receiver?.receivedTrailers(block)
        } else if role == .server || !block.isInterimResponse {
            exchange.hasReceivedHead = true
            exchange.receiver?.receivedHead(block)
        }
    }

    private func close(_ exchange: Exchange, _ code: UInt32) {
        unlink(exchange)
        let error = HTTP2Error.Code(rawValue: code)
        exchange.finish(error == .noError ? nil : HTTP2Error(error, .peer, "the stream was reset"))
        if role == .client { observer?.connectionHasRoom(self) }
        if case .draining = phase, openExchanges == 0 { closeAfterWrites() }
    }

    private func receivedSettings() {
        admit(.control, "SETTINGS frames")
        guard phase == .handshaking || phase == .active else { return }
        phase = .active
        observer?.connectionReady(self)
    }

    private func receivedPing() {
        admit(.control, "PING frames")
        guard role == .server, pingPolicy.receivedPing(at: loop.now, hasCalls: openExchanges > 0, settings.keepalive)
        else { return }
        // The text is what gRPC clients look for (gRFC A8).
        end(HTTP2Error(.enhanceYourCalm, .peer, "too_many_pings"))
    }

    private func receivedGoAway(_ code: UInt32, _ debugData: [UInt8]) {
        let text = String(decoding: debugData, as: UTF8.self)
        if code != 0 { endError = HTTP2Error(.init(rawValue: code), .peer, text) }
        guard phase == .active || phase == .handshaking else { return }
        phase = .draining
        observer?.connectionDraining(self)
        if openExchanges == 0 { closeAfterWrites() }
    }

    private func admit(_ kind: FloodGuard.Kind, _ name: String) {
        guard phase != .closed, !floodGuard.admits(kind, at: loop.now, settings.limits) else { return }
        end(HTTP2Error(.enhanceYourCalm, .peer, "too many \(name)"))
    }
}

extension HeaderBlock {
    /// A 1xx response (RFC 9110 §15.2).
    fileprivate var isInterimResponse: Bool {
        var isInterim = false
        forEach { name, value in
            if name.equals(":status"), value.count == 3, value[0] == UInt8(ascii: "1") { isInterim = true }
        }
        return isInterim
    }
}
