import Testing

@testable import CrierClient

@Suite("The copy of a namespace")
struct MemoryCacheTests {
    private func at(_ revision: UInt64, epoch: UInt64 = 1) -> KeyValuePosition {
        KeyValuePosition(epoch: epoch, revision: revision)
    }

    private func entry(_ key: String, _ value: KeyValue, _ revision: UInt64) -> KeyValueEntry {
        KeyValueEntry(namespace: "app", key: key, value: value, createRevision: revision, revision: revision)
    }

    private func put(_ key: String, _ value: KeyValue, _ revision: UInt64) -> KeyValueChange {
        KeyValueChange(
            kind: .put, namespace: "app", key: key, revision: revision, entry: entry(key, value, revision))
    }

    private func delete(_ key: String, _ revision: UInt64) -> KeyValueChange {
        KeyValueChange(kind: .delete, namespace: "app", key: key, revision: revision)
    }

    private func loaded(_ entries: [KeyValueEntry] = [], at position: UInt64 = 10) throws -> MemoryCache {
        var cache = MemoryCache(namespace: "app", maxBytes: 1 << 20)
        cache.beginLoading()
        try cache.load(entries)
        _ = cache.finishLoading(at: at(position))
        return cache
    }

    private func note(
        _ changes: [KeyValueChange],
        at position: KeyValuePosition,
        in cache: inout MemoryCache,
        isTaken: Bool = true
    ) {
        let taken = cache.note(changes, at: position)
        #expect(taken == isTaken)
    }

    @Test("A write of our own is seen at once, and told to subscribers once, in the gateway's order")
    func ownWrites() throws {
        var cache = try loaded([entry("a", 1, 5)])
        note([put("a", 2, 12)], at: at(12), in: &cache)
        #expect(cache.value(MemoryKey("a")) == 2 && cache.position == at(10))
        // Another's write that came before ours is told, and does not hide ours.
        let first = try cache.apply([put("a", 9, 11)], at: at(11))
        #expect(first.map(\.old?.value) == [1] && first.map(\.new?.value) == [9])
        #expect(cache.value(MemoryKey("a")) == 2)
        let second = try cache.apply([put("a", 2, 12)], at: at(12))
        #expect(second.map(\.old?.value) == [9] && second.map(\.new?.value) == [2])
        #expect(try cache.apply([put("a", 3, 13)], at: at(13)).count == 1)
        #expect(cache.value(MemoryKey("a")) == 3)
    }

    @Test("A write that the feed has told before its answer came changes nothing")
    func lateAnswer() throws {
        var cache = try loaded()
        _ = try cache.apply([put("a", 1, 11)], at: at(11))
        _ = try cache.apply([put("a", 2, 12)], at: at(12))
        note([put("a", 1, 11)], at: at(11), in: &cache)
        #expect(cache.value(MemoryKey("a")) == 2)
    }

    @Test("Of two answers that overtake each other the newer write stays")
    func overtakenAnswers() throws {
        var cache = try loaded()
        note([put("a", 2, 12)], at: at(12), in: &cache)
        note([put("a", 1, 11)], at: at(11), in: &cache)
        #expect(cache.value(MemoryKey("a")) == 2 && cache.count == 1)
    }

    @Test("A removal of our own is seen at once and survives older news")
    func ownRemoval() throws {
        var cache = try loaded([entry("a", 1, 5), entry("b", 1, 6)])
        note([delete("a", 13)], at: at(13), in: &cache)
        #expect(cache.value(MemoryKey("a")) == nil && cache.count == 1)
        #expect(cache.list(prefix: "").map(\.key) == ["b"])
        _ = try cache.apply([put("a", 2, 12)], at: at(12))
        #expect(cache.value(MemoryKey("a")) == nil)
        #expect(try cache.apply([delete("a", 13)], at: at(13)).map(\.old?.value) == [2])
        #expect(cache.value(MemoryKey("a")) == nil && cache.count == 1)
    }

    @Test("A reload tells the differences and nothing else")
    func reload() throws {
        var cache = try loaded([entry("gone", 1, 5), entry("same", 1, 6), entry("other", 1, 7)])
        cache.beginLoading()
        try cache.load([entry("same", 1, 6), entry("new", 3, 15)])
        try cache.load([entry("other", 2, 14)])
        #expect(cache.value(MemoryKey("gone")) == 1, "until it is whole, what was known is shown")
        let changes = cache.finishLoading(at: at(20))
        #expect(changes.map(\.key) == ["gone", "other", "new"])
        #expect(changes.map(\.old?.value) == [1, 1, nil] && changes.map(\.new?.value) == [nil, 2, 3])
        #expect(changes.allSatisfy { $0.isReload && $0.position == at(20) })
    }

    @Test("The first load is no change; a load that is cut off changes nothing")
    func firstLoad() throws {
        var cache = MemoryCache(namespace: "app", maxBytes: 1 << 20)
        #expect(cache.position == nil)
        cache.beginLoading()
        try cache.load([entry("a", 1, 5)])
        cache.beginLoading()
        try cache.load([entry("b", 1, 6)])
        #expect(cache.finishLoading(at: at(10)).isEmpty)
        #expect(cache.list(prefix: "").map(\.key) == ["b"])
    }

    @Test("A snapshot whose pages are newer than its position is not undone by what follows")
    func newerPages() throws {
        var cache = try loaded([entry("a", 2, 12)], at: 10)
        #expect(try cache.apply([put("a", 1, 11)], at: at(11)).isEmpty)
        #expect(try cache.apply([put("a", 2, 12)], at: at(12)).isEmpty)
        #expect(cache.value(MemoryKey("a")) == 2)
    }

    @Test("After a restore nothing of the old epoch is left, and an answer of another epoch waits for the feed")
    func epochs() throws {
        var cache = try loaded([entry("a", 1, 5)])
        note([put("a", 2, 99)], at: at(99), in: &cache)
        note([put("b", 2, 3)], at: at(3, epoch: 2), in: &cache, isTaken: false)
        cache.beginLoading()
        try cache.load([entry("b", 7, 2)])
        let changes = cache.finishLoading(at: at(3, epoch: 2))
        #expect(Set(changes.map(\.key)) == ["a", "b"])
        #expect(cache.list(prefix: "").map(\.value) == [7])
    }

    @Test("Keys are told apart by their bytes")
    func bytes() throws {
        var cache = try loaded()
        _ = try cache.apply([put("é", 1, 11), put("e\u{301}", 2, 11)], at: at(11))
        #expect(cache.value(MemoryKey("é")) == 1 && cache.value(MemoryKey("e\u{301}")) == 2 && cache.count == 2)
        #expect(cache.list(prefix: "e").map(\.value) == [2])
    }

    @Test("A namespace that is larger than allowed is refused, while loading and later")
    func size() throws {
        var cache = MemoryCache(namespace: "app", maxBytes: 2000)
        cache.beginLoading()
        let large = entry("large", .bytes(Array(repeating: 0, count: 3000)), 5)
        #expect(throws: KeyValueClientError.self) { try cache.load([large]) }
        cache = MemoryCache(namespace: "app", maxBytes: 2000)
        cache.beginLoading()
        _ = cache.finishLoading(at: at(10))
        for round in 0..<100 {
            let revision = 11 + UInt64(round)
            _ = try cache.apply([put("k", .bytes(Array(repeating: 0, count: 1000)), revision)], at: at(revision))
        }
        #expect(throws: KeyValueClientError.self) {
            _ = try cache.apply([put("l", .bytes(Array(repeating: 0, count: 1000)), 200)], at: at(200))
        }
    }

    @Test(
        "Whatever overtakes what, a reader never goes back behind its own writes, and all is told in the end",
        arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var cache = try loaded(at: 0)
        var told: [String: KeyValue] = [:]
        var log: [[KeyValueChange]] = []
        var fed = 0
        var own: [String: UInt64] = [:]
        for revision in 1...300 as ClosedRange<UInt64> {
            let key = "k\(random.next() % 8)"
            let change = random.next() % 4 == 0 ? delete(key, revision) : put(key, .int(Int64(revision)), revision)
            log.append([change])
            if random.next() % 2 == 0 {
                note([change], at: at(revision), in: &cache)
                own[key] = revision
            }
            while fed < log.count, random.next() % 3 != 0 {
                for change in try cache.apply(log[fed], at: at(UInt64(fed + 1))) {
                    #expect(change.old?.value == told[change.key])
                    told[change.key] = change.new?.value
                }
                fed += 1
            }
            for (key, written) in own {
                let seen = cache.entry(MemoryKey(key))
                let isNewer = (seen?.revision ?? .max) >= written
                #expect(isNewer, "\(key) shows \(seen?.revision ?? 0) after \(written) was written")
            }
        }
        for index in fed..<log.count {
            for change in try cache.apply(log[index], at: at(UInt64(index + 1))) {
                told[change.key] = change.new?.value
            }
        }
        var model: [String: KeyValue] = [:]
        for change in log.joined() { model[change.key] = change.entry?.value }
        #expect(told == model)
        #expect(Dictionary(uniqueKeysWithValues: cache.list(prefix: "").map { ($0.key, $0.value) }) == model)
    }
}

/// Random numbers from a seed, so that a failure can be had again (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
