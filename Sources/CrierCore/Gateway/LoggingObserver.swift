import Logging

/// Presence and file status when nobody else asks for them: a line for those who debug.
struct LoggingObserver: PresenceObserver, FileStatusObserver {
    let logger: Logger

    func changed(_ event: PresenceEvent) {
        logger.debug(
            "Client presence changed",
            metadata: ["client": "\(event.client)", "presence": "\(event.kind)", "generation": "\(event.generation)"]
        )
    }

    func reported(_ status: FileStatus, by client: ClientID) {
        logger.debug(
            "Client reported a file",
            metadata: ["client": "\(client)", "file": "\(status.fileID)", "state": "\(status.state)"]
        )
    }
}
