public import NIOCore

extension Gateway {
    /// Another node forwards a push: delivers it to the client's session here, if that is the one that is meant or a
    /// newer.
    ///
    /// `caller` hears of the result exactly once, on this loop, with `push.tag`; of a push that waits for an
    /// acknowledgement it hears `written` before. Never forwards a second time. The message must be in the wire's
    /// framed form.
    ///
    /// - Parameter node: who forwards it, for those who look.
    /// - Returns: False when the push is for another node, or this one cannot prove that its sessions are still the
    ///   clients': nothing was written, and the caller hears nothing.
    public func deliver(
        _ push: ForwardedPush,
        _ message: EncodedMessage,
        on eventLoop: any EventLoop,
        caller: any PushCaller,
        from node: PushOrigin = .here
    ) -> Bool {
        let origin = loop(of: eventLoop)
        let mayDeliver = origin.uncountedForwarding?._withUnsafeGuaranteedRef { $0.directory.isProven } ?? true
        guard mayDeliver else { return false }
        guard let route = context.registry.route(to: push.client), route.generation >= push.generation else {
            return false
        }
        // Asking for the time is not free, and only a push that waits has a use for it.
        let deadline = push.waitFor > .written ? eventLoop.now + push.patience : nil
        let terms = PushTerms(client: push.client, waitFor: push.waitFor, deadline: deadline, origin: node)
        let call = PushCall(terms: terms, id: push.message, caller: caller, tag: push.tag)
        router.deliver(call, message, along: route, from: origin, tellsWritten: push.waitFor > .written)
        return true
    }
}
