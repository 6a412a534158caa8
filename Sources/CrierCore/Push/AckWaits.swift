import NIOCore

/// A push that was written and whose caller waits for more. Kept on the loop of the client's session.
struct AckWait {
    let session: Session
    let message: MessageID
    let origin: GatewayLoop
    let ticket: UInt32
    let goal: PushRequest.Stage
    let deadline: NIODeadline
    /// How far the client said it is.
    var reached = PushRequest.Stage.written
}

/// The awaited acknowledgements of one loop, by message. Idle sessions pay nothing for them. Belongs to the loop.
struct AckWaits {
    private var waits: [MessageID: AckWait] = [:]

    var isEmpty: Bool { waits.isEmpty }

    mutating func add(_ wait: AckWait) {
        wait.session.awaitedAcks += 1
        waits[wait.message] = wait
    }

    /// The client says how far it is. Returns the wait and its last word when that settles it.
    mutating func acknowledge(
        _ message: MessageID, _ stage: Acknowledgement.Stage, from session: Session
    ) -> (
        wait: AckWait, outcome: PushResult.Outcome
    )? {
        // A client answers for its own messages only.
        guard var wait = waits[message], wait.session === session else { return nil }
        switch stage {
        case .rejected:
            return (remove(wait), .rejected)
        case .applied:
            return (remove(wait), .applied)
        case .received where wait.goal == .received:
            return (remove(wait), .received)
        case .received:
            wait.reached = .received
            waits[message] = wait
            return nil
        }
    }

    /// Takes out what waits for this client.
    mutating func removeAll(of session: Session) -> [AckWait] {
        guard session.awaitedAcks > 0 else { return [] }
        return waits.values.filter { $0.session === session }.map { remove($0) }
    }

    /// Takes out what has waited long enough.
    mutating func removeExpired(at now: NIODeadline) -> [AckWait] {
        waits.values.filter { $0.deadline <= now }.map { remove($0) }
    }

    private mutating func remove(_ wait: AckWait) -> AckWait {
        wait.session.awaitedAcks -= 1
        waits[wait.message] = nil
        return wait
    }
}
