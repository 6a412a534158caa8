import NIOCore
import Synchronization

/// What one loop does for another.
enum LoopItem {
    /// A push for a session that lives here.
    case push(CrossingPush)
    /// The result of a push that was made here.
    case result(PushResult, ticket: UInt32)
    /// A session here lost its client to a newer one elsewhere.
    case supersede(Session)
}

/// A push on its way to the loop of its client.
struct CrossingPush {
    let session: Session
    let message: EncodedMessage
    let id: MessageID
    let goal: PushRequest.Stage
    /// Of the wait for an acknowledgement; unused for `written`.
    let deadline: NIODeadline
    let origin: GatewayLoop
    let ticket: UInt32
}

/// The way across to a loop: many items, one lock, one wake.
///
/// First in, first out: what one loop puts in is done in the order in which it put it in. The number of items is
/// bounded by the tickets of `PendingPushes` (a push in the inbox has one, and so has a result) and by the number of
/// sessions (each is superseded once).
final class LoopInbox: Sendable {
    private struct State {
        var items: ContiguousArray<LoopItem> = []
        var isWoken = false
    }

    private let state = Mutex(State())

    /// Puts items in. Returns true when nobody has woken the loop yet: the caller must.
    func append(_ items: ContiguousArray<LoopItem>) -> Bool {
        state.withLock { state in
            state.items.append(contentsOf: items)
            defer { state.isWoken = true }
            return !state.isWoken
        }
    }

    /// Takes everything out and leaves `empty`, whose storage serves the next batch.
    func take(leaving empty: consuming ContiguousArray<LoopItem>) -> ContiguousArray<LoopItem> {
        var other = empty
        state.withLock { state in
            swap(&state.items, &other)
            state.isWoken = false
        }
        return other
    }
}
