public import NIOCore

extension HTTP2Connection {
    /// Called about once a second.
    func checkTimers(_ now: NIODeadline) {
        if isClosing {
            if let graceEnds, now >= graceEnds {
                fail(HTTP2Error(.noError, .network, "the peer does not take our last bytes"))
            }
            return
        }
        switch phase {
        case .closed:
            return
        case .handshaking:
            if now >= openedAt + limits.handshakeTimeout {
                end(HTTP2Error(.settingsTimeout, .peer, "no SETTINGS within \(limits.handshakeTimeout)"))
            }
            return
        case .noticed(let since):
            if now >= since + Limit.goAwayRoundTrip { sendLastGoAway() }
        case .active:
            if let ageLimit, now >= ageLimit {
                beginShutdown(grace: keepaliveConfiguration.ageGrace, reason: "max_age")
            }
        case .draining:
            break
        }
        if let graceEnds, now >= graceEnds { return end(HTTP2Error(.noError, .local, "grace is over")) }
        checkKeepalive(now)
        releaseIdleMemory()
    }

    /// A connection that sent nothing since the last sweep gives its send buffer's memory back.
    private func releaseIdleMemory() {
        if hasSent {
            hasSent = false
            holdsSendBuffer = true
        } else if holdsSendBuffer {
            holdsSendBuffer = false
            session?.releaseSendBuffer()
        }
    }

    private func checkKeepalive(_ now: NIODeadline) {
        guard openExchanges > 0 || keepaliveConfiguration.pingWithoutCalls else { return }
        switch keepalive.check(lastReadAt: lastReadAt, now: now, keepaliveConfiguration) {
        case .wait:
            break
        case .sendPing:
            session?.submitPing()
            flush()
        case .dead:
            fail(HTTP2Error(.noError, .network, "no answer to a PING within \(keepaliveConfiguration.pingTimeout)"))
        }
    }

    /// Ends gracefully (gRFC A9): two GOAWAYs, so that requests on their way are still answered; open exchanges have
    /// until `grace` is over.
    public func beginShutdown(grace: TimeAmount, reason: String) {
        guard phase != .closed, !isClosing else { return }
        guard session != nil else { return end(HTTP2Error(.noError, .local, reason)) }
        let now = eventLoop.now
        // Who is told twice has the shorter time of the two.
        graceEnds = min(graceEnds ?? .distantFuture, now + grace)
        guard phase == .active || phase == .handshaking else { return }
        guard role == .server, phase == .active else {
            phase = .draining
            session?.submitGoAway(.noError, debugData: reason)
            observer?.connectionDraining(self)
            flushNow()
            if openExchanges == 0 { closeAfterWrites() }
            return
        }
        phase = .noticed(since: now)
        session?.submitShutdownNotice()
        // nghttp2 would send a PING before the GOAWAY that it must follow.
        flush()
        session?.submitPing()
        flush()
        observer?.connectionDraining(self)
    }

    func receivedPingAcknowledgement() {
        if case .noticed = phase { sendLastGoAway() }
    }

    private func sendLastGoAway() {
        phase = .draining
        session?.submitGoAway(.noError, debugData: "")
        flushNow()
        if openExchanges == 0 { closeAfterWrites() }
    }

    /// Ends the connection and all its exchanges now.
    public func close(reason: String) {
        end(HTTP2Error(.noError, .local, reason))
    }
}
