/// What a service holds of the session that it attached. Bound to the loop of the connection, like its outlet.
public struct SessionHandle {
    let session: Session
    let home: GatewayLoop

    public var client: ClientID { session.client }
    public var id: SessionID { session.id }
    public var generation: Generation { session.generation }

    /// False once the session has ended, for whatever reason.
    public var isOpen: Bool { session.outlet != nil }

    /// The client beats: it is answered with its own timestamp, and from now on its silence means that it is dead.
    public func heartbeat(timestamp: Int64) { home.heartbeat(session, timestamp: timestamp) }

    /// The client says what became of a message.
    public func acknowledge(_ acknowledgement: Acknowledgement) { home.acknowledge(acknowledgement, from: session) }

    /// The client says how far it is with a file.
    public func fileStatus(_ status: FileStatus) { home.fileStatus(status, from: session) }

    /// The client's stream is gone. Removes this generation and no other, however late it is called.
    public func detach() { home.end(session, .disconnected) }
}
