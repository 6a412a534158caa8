import CrierMessages
import Synchronization

/// What the agent has to say, kept until a connection takes it. Bounded: of one pull only the last state waits, and
/// of too many the oldest goes.
final class Outbox: Sendable {
    private let waiting = Mutex<[ClientMessage.Payload]>([])
    let changed = Signal()

    func put(_ payload: ClientMessage.Payload) {
        waiting.withLock { waiting in
            if case .fileStatus(let status) = payload {
                waiting.removeAll {
                    guard case .fileStatus(let older) = $0 else { return false }
                    return older.messageID == status.messageID && older.fileID == status.fileID && older.isProgress
                }
            }
            if waiting.count >= Limits.waitingSends {
                waiting.remove(at: waiting.firstIndex(where: \.isPassing) ?? 0)
            }
            waiting.append(payload)
        }
        changed.raise()
    }

    /// What was taken and could not be sent comes first again.
    func putBack(_ payload: ClientMessage.Payload) {
        waiting.withLock { $0.insert(payload, at: 0) }
    }

    /// Waits for the next; nil when the task was cancelled.
    func take() async -> ClientMessage.Payload? {
        while !Task.isCancelled {
            let version = changed.version
            if let next = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return next }
            await changed.wait(beyond: version)
        }
        return nil
    }
}

extension ClientMessage.Payload {
    /// Worth less the older it is.
    fileprivate var isPassing: Bool {
        switch self {
        case .heartbeat: true
        case .fileStatus(let status): status.isProgress
        case .register, .reconnect, .ack: false
        }
    }
}

extension FileStatus {
    /// A later state makes it worthless.
    fileprivate var isProgress: Bool { state == .downloading || state == .accepted || state == .paused }
}
