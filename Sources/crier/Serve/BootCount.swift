import CrierCore

/// Counts the starts of a gateway, in its store: generations of sessions begin with the number.
///
/// A restored backup brings back an older count, and the numbers of the starts since then must not come again. Who
/// restores carries the count over (`carry`). Where the old store is lost, nobody knows it: the first start after a
/// restore goes on behind the minutes since 2026 began, with a margin, since no gateway starts more often than once a
/// minute for long.
enum BootCount {
    private static let namespace = StoreNamespace(constant: "_node")
    private static let count = StoreKey(namespace, constant: "boots")
    /// The store's epoch when a start was counted last: a restore changes it.
    private static let epoch = StoreKey(namespace, constant: "epoch")

    /// 2026-01-01 in milliseconds since 1970.
    private static let zero: Int64 = 1_767_225_600_000
    /// Starts that a restore leaves out: more than anybody makes between a backup and its restore.
    private static let margin: Int64 = 1_000

    /// The number of this start, higher than that of any before it. Throws `StartError` when what the store holds is no
    /// count, or the count is used up.
    static func next(in store: any KeyValueStore, clock: WallClock = .system) async throws -> UInt64 {
        let last = try await store.get(count)
        guard let entry = last.entry else { return try await save(1, in: store, last.position) }
        guard case .integer(let number) = entry.value, number >= 0 else {
            throw StartError("the key-value state's _node/boots is no count: \(entry.value.text)")
        }
        let known = try await store.get(epoch).entry?.value
        let isRestored = known != .integer(Int64(bitPattern: last.position.epoch))
        let next = isRestored ? max(number, (clock.milliseconds - zero) / 60_000) + margin : number + 1
        return try await save(next, in: store, last.position)
    }

    /// The count as it is; nil when the store has none.
    static func current(in store: any KeyValueStore) async throws -> Int64? {
        guard case .integer(let number)? = try await store.get(count).entry?.value else { return nil }
        return number
    }

    /// After a restore: the count of the store that was replaced, when it is higher.
    static func carry(_ number: Int64, to store: any KeyValueStore) async throws {
        guard try await current(in: store) ?? 0 < number else { return }
        try await store.put(count, .integer(number))
    }

    private static func save(
        _ number: Int64,
        in store: any KeyValueStore,
        _ position: StorePosition
    ) async throws -> UInt64 {
        guard number <= BootGenerations.bootNumbers.upperBound else {
            throw StartError("this is start \(number): at most \(BootGenerations.bootNumbers.upperBound) are counted")
        }
        try await store.transact(
            StoreTransaction(then: [
                .put(count, .integer(number)), .put(epoch, .integer(Int64(bitPattern: position.epoch))),
            ])
        )
        return UInt64(number)
    }
}
