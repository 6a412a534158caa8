import CrierCore
import Testing

@testable import CrierStorage

@Suite("ChangeRelay")
struct ChangeRelayTests {
    private func position(_ revision: UInt64) -> StorePosition {
        StorePosition(epoch: 7, revision: revision)
    }

    private func change(_ revision: UInt64) -> StoreWatchEvent {
        let entry = StoreEntry(
            key: StoreKey(StoreNamespace(constant: "n"), constant: "k"), value: .integer(1), createRevision: revision,
            revision: revision, version: 1, updatedAt: 0
        )
        return .changes(StoreChangeSet(position: position(revision), changes: [.put(entry, previous: nil)]))
    }

    @Test("A watch that begins while the log is lost and begun anew hears of it, and not what comes behind the gap")
    func gap() async throws {
        // Whichever of the two comes first, and wherever between.
        for round in 0..<500 {
            let relay = ChangeRelay()
            relay.began(at: position(1))
            let opening = Task {
                let subscription = try await relay.subscribe(.everything, after: position(5)) { subscription, _ in
                    subscription.end(.compacted)
                }
                await subscription.catchUp()
                return StoreWatch(subscription)
            }
            for _ in 0..<round % 5 { await Task.yield() }
            relay.heard(.progress(position(5)))
            relay.reset(.compacted)
            for _ in 0..<round % 7 { await Task.yield() }
            relay.began(at: position(9))
            relay.heard(change(10))
            var watch = try await opening.value.makeAsyncIterator()
            await #expect(throws: StoreReset.compacted) { _ = try await watch.next() }
        }
    }
}
