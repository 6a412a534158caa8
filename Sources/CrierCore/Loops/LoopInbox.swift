import Synchronization

/// The way across to a loop: many items, one lock, one wake.
///
/// First in, first out: what one loop puts in is done in the order in which it put it in. The number of items is
/// bounded by the tickets of `PendingPushes` (a push in the inbox has one, and so has a result) and by the number of
/// sessions (each is superseded once).
final class LoopInbox: Sendable {
    /// All that one loop has sent.
    struct Delivery {
        let sender: GatewayLoop
        var mail: LoopMail
    }

    private struct State {
        var deliveries: [Delivery] = []
        var isWoken = false
    }

    private let state = Mutex(State())

    /// Puts mail in and leaves `mail` empty. Returns true when nobody has woken the loop yet: the caller must.
    func append(_ mail: inout LoopMail, from sender: GatewayLoop) -> Bool {
        state.withLock { state in
            defer { state.isWoken = true }
            if let place = state.deliveries.firstIndex(where: { $0.sender === sender }) {
                state.deliveries[place].mail.append(mail)
                mail.clear()
            } else {
                state.deliveries.append(Delivery(sender: sender, mail: mail))
                mail = LoopMail()
            }
            return !state.isWoken
        }
    }

    func take() -> [Delivery] {
        state.withLock { state in
            state.isWoken = false
            defer { state.deliveries = [] }
            return state.deliveries
        }
    }
}
