import Logging
import NIOCore

/// The life of the sessions of one loop.
extension GatewayLoop {
    /// Makes the outlet's client a session here, tells whoever had it, and says Welcome.
    ///
    /// Welcome is the first message: pushes for the new session come from this loop after this function, or through
    /// the inbox, which this loop empties after it.
    func attach(_ registration: Registration, outlet: any Outlet) throws(GatewayError) -> Session {
        eventLoop.assertInEventLoop()
        try requireOpen()
        let place = sessions.reserve()
        let admission: Admission
        do throws(GatewayError) {
            admission = try context.admit(registration, outlet: outlet, home: self, place: place)
        } catch {
            sessions.release(place)
            throw error
        }
        let session = admission.session
        sessions.put(session, outlet.footprint)
        if sessions.count == 1 { startSweeping() }
        welcome(session, resumed: admission.resumed)
        if let old = admission.superseded {
            if old.home === self {
                supersede(old)
            } else {
                post(to: old.home.index, old.home) { $0.add(superseded: old) }
            }
        }
        if admission.isNewcomer { context.changed(session.client, .online, session.generation) }
        return session
    }

    private func welcome(_ session: Session, resumed: Bool) {
        let welcome = Welcome(
            session: session.id,
            node: context.node,
            heartbeatInterval: context.settings.heartbeatInterval,
            resumed: resumed,
            sequence: 0,
            generation: session.generation,
            serverTime: session.connectedAt,
            serverVersion: context.settings.version,
            maximumMessageBytes: Limits.messageBytes
        )
        send(.welcome(welcome), to: session)
    }

    func supersede(_ session: Session) {
        send(.redirect(Redirect(.superseded, isFinal: true)), to: session)
        end(session, .superseded)
    }

    func heartbeat(_ session: Session, timestamp: Int64) {
        session.hasBeaten = true
        heard(session)
        send(.heartbeat(client: session.client, timestamp: timestamp), to: session)
    }

    func fileStatus(_ status: FileStatus, from session: Session) {
        heard(session)
        context.fileStatus.reported(status, by: session.client)
    }

    func heard(_ session: Session) {
        eventLoop.assertInEventLoop()
        session.lastHeard = eventLoop.now
    }

    /// Ends the session, once, and with it everything that was kept for it.
    func end(_ session: Session, _ reason: SessionEnd) {
        eventLoop.assertInEventLoop()
        guard let outlet = session.close() else { return }
        sessions.release(session.place)
        if context.registry.remove(session) {
            depart(session)
            context.cluster?.ended(session.client, session.generation)
        }
        giveUp(waits.removeAll(of: session), because: "its session ended")
        context.ended(session, reason)
        if reason != .disconnected { outlet.end(reason) }
        if sessions.isEmpty { drain?.done() }
    }

    /// What a full outlet loses here is lost on purpose: a client that does not read gains nothing from an echo.
    func send(_ content: Message.Content, to session: Session) {
        guard let outlet = session.outlet else { return }
        context.encoder.encode(Message(content)) { message in
            if outlet.deliver(message) == .accepted { session.mayBeStalled = true }
        }
    }
}
