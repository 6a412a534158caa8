import CrierCore
import Testing

private let retained = 50

private let short: ContractSettings = {
    var settings = ContractSettings()
    settings.retainedRevisions = retained
    return settings
}()

let compactionPromises = [
    StorePromise(
        "Behind the end of the log nothing is answered, and in front of it everything", needs: [.retention], short
    ) {
        let store = $0.store
        let positions = try await write(8 * retained, to: store)
        var reach = 0
        var isCut = false
        // From the newest back, since the log may be cut meanwhile: what is before a cut is cut too.
        for behind in 0..<positions.count {
            let start = positions.count - 1 - behind
            if let heard = try await heard(behind, after: positions[start], in: store) {
                #expect(heard == Array(positions[(start + 1)...]))
                #expect(!isCut, "a position after one that can be read is compacted")
                reach = behind
            } else {
                #expect(behind > retained, "what is to be kept is compacted")
                isCut = true
            }
        }
        #expect((retained...4 * retained).contains(reach), "the log reaches back \(reach) revisions")
        let history = try await store.history(of: key("k1"), limit: .max).changes
        #expect(history.allSatisfy { Int($0.revision) > Int(positions[0].revision) })
        #expect(history.count >= retained / 4)
    },
    StorePromise(
        "While the log is cut, a watch hears every revision from where it began, or that it cannot",
        needs: [.retention], short
    ) {
        let store = $0.store
        let start = try await store.put(key("k0"), .integer(0)).position
        let writing = Task { try await write(20 * retained, to: store).last }
        let watchers = (0..<8)
            .map { watcher in
                Task { try await follow(store, from: start, turns: 30 + watcher) }
            }
        let last = try await writing.value
        for watcher in watchers { try await watcher.value }
        #expect(try await store.get(key("k0")).position == last)
    },
    StorePromise(
        "A watcher that slept through the cutting of the log is reset, not left with a gap", needs: [.retention], short
    ) {
        let store = $0.store
        let watch = try await store.watch(StoreScope(room), after: nil)
        let many = try (0..<100).map { StoreWrite.put(try key("k\($0)"), .integer(1)) }
        let first = try await store.transact(StoreTransaction(then: many)).position.revision
        for _ in 0..<8 * retained { try await store.transact(StoreTransaction(then: many)) }
        var iterator = watch.makeAsyncIterator()
        var next = first
        await #expect(throws: StoreReset.compacted) {
            while case .changes(let set)? = try await iterator.next() {
                #expect(set.position.revision == next)
                next += 1
            }
        }
    },
]

/// The next `count` positions of a watch, where the past can be read as well; nil: neither, since it is compacted.
private func heard(
    _ count: Int,
    after position: StorePosition,
    in store: any KeyValueStore
) async throws -> [StorePosition]? {
    do {
        var watch = try await store.watch(StoreScope(room), after: position).makeAsyncIterator()
        _ = try await store.get(key("k0"), at: position.revision)
        return try await changes(&watch, count).map(\.position)
    } catch let error as KeyValueError {
        #expect(error.code == .compacted, "\(error)")
    } catch let reset as StoreReset {
        #expect(reset == .compacted)
    }
    await expectRefusal(.compacted) { () async throws(KeyValueError) in
        try await store.watch(StoreScope(room), after: position)
    }
    await expectRefusal(.compacted) { () async throws(KeyValueError) in
        try await store.get(key("k0"), at: position.revision)
    }
    return nil
}

/// Puts and deletions, each a revision; where the store stood after each, and before the first.
private func write(_ count: Int, to store: any KeyValueStore) async throws -> [StorePosition] {
    var positions = [try await store.get(key("k0")).position]
    for index in 0..<count {
        let name = try key("k\(index % 4)")
        // Every other round deletes what the one before put.
        if index / 4 % 2 == 1 {
            try await store.delete(name)
        } else {
            try await store.put(name, .integer(Int64(index)))
        }
        let here = try await store.get(name).position
        if here != positions.last { positions.append(here) }
    }
    return positions
}

/// Watches, hears a few revisions without a gap, and begins again where it stopped or, when it is told to, from now.
private func follow(_ store: any KeyValueStore, from start: StorePosition, turns: Int) async throws {
    var position: StorePosition? = start
    for turn in 0..<turns {
        do {
            var watch = try await store.watch(StoreScope(room), after: position).makeAsyncIterator()
            guard let after = position else {
                position = try await store.get(key("k0")).position
                continue
            }
            var revision = after.revision
            let end = try await store.get(key("k0")).position.revision
            while revision < min(end, after.revision + UInt64(turn % 7)) {
                for set in try await changes(&watch, 1) {
                    #expect(set.position.revision == revision + 1)
                    revision = set.position.revision
                }
            }
            position = StorePosition(epoch: after.epoch, revision: revision)
        } catch let error as KeyValueError {
            #expect(error.code == .compacted, "\(error)")
            position = nil
        } catch let reset as StoreReset {
            #expect(reset == .compacted)
            position = nil
        }
    }
}
