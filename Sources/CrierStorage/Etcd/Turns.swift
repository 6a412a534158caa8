import Synchronization

/// Lets tasks take turns at keys. First come, first served; tasks with different keys do not meet.
final class Turns<Key: Hashable & Sendable>: Sendable {
    private struct Waiter {
        let keys: Set<Key>
        let turn: CheckedContinuation<Void, Never>
    }

    private struct State {
        var taken = Set<Key>()
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    /// Returns when the keys are the caller's, who must give them back.
    func take(_ keys: Set<Key>) async {
        await withCheckedContinuation { turn in
            let isFree = state.withLock { state in
                guard state.taken.isDisjoint(with: keys),
                    state.waiters.allSatisfy({ $0.keys.isDisjoint(with: keys) })
                else {
                    state.waiters.append(Waiter(keys: keys, turn: turn))
                    return false
                }
                state.taken.formUnion(keys)
                return true
            }
            if isFree { turn.resume() }
        }
    }

    func giveBack(_ keys: Set<Key>) {
        let next = state.withLock { state -> [Waiter] in
            state.taken.subtract(keys)
            var next: [Waiter] = []
            // Keys that somebody further in front waits for are not given to who came later.
            var wanted = Set<Key>()
            state.waiters.removeAll { waiter in
                defer { wanted.formUnion(waiter.keys) }
                guard state.taken.isDisjoint(with: waiter.keys), wanted.isDisjoint(with: waiter.keys) else {
                    return false
                }
                state.taken.formUnion(waiter.keys)
                next.append(waiter)
                return true
            }
            return next
        }
        for waiter in next { waiter.turn.resume() }
    }
}
