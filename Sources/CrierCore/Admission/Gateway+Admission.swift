public import NIOCore

extension Gateway {
    /// A client wants to connect, and nothing is known of it yet. Call it before its first message is read, on the
    /// connection's loop; `left` when its stream has ended.
    ///
    /// Throws RESOURCE_EXHAUSTED with `retryAfter` when there are too many clients, or too many come at once;
    /// UNAVAILABLE while the node drains.
    public func enter(on eventLoop: any EventLoop) throws(GatewayError) {
        do throws(GatewayError) {
            try loop(of: eventLoop).requireOpen()
        } catch {
            context.metrics.refused(.draining)
            throw error
        }
        guard let refusal = context.admission.enter(at: eventLoop.now) else { return }
        context.metrics.refused(refusal.reason)
        throw GatewayError(refusal, context.settings)
    }

    /// The stream of a client that was let in has ended.
    public func left() { context.admission.leave() }
}

extension GatewayLoop {
    /// Throws UNAVAILABLE while the node drains.
    func requireOpen() throws(GatewayError) {
        guard drain != nil else { return }
        throw GatewayError(.unavailable, "this node drains and takes no new clients; try another")
    }
}

extension AdmissionControl.Refusal {
    fileprivate var reason: ConnectRefusal {
        switch self {
        case .full: .full
        case .tooMany: .rate
        }
    }
}

extension GatewayError {
    fileprivate init(_ refusal: AdmissionControl.Refusal, _ settings: GatewaySettings) {
        switch refusal {
        case .full(let delay):
            self.init(
                .resourceExhausted,
                "this node has \(settings.maximumSessions ?? 0) clients, as many as it may; try another, or come back in "
                    + "\(delay.nanoseconds / 1_000_000) ms",
                retryAfter: delay
            )
        case .tooMany(let delay):
            self.init(
                .resourceExhausted,
                "more than \(settings.maximumConnectRate ?? 0) clients connect to this node in a second; come back in "
                    + "\(delay.nanoseconds / 1_000_000) ms",
                retryAfter: delay
            )
        }
    }
}
