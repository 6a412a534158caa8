import CrierCore
import Testing

@testable import CrierStorage

@Suite("A pass of folding")
struct FoldPassTests {
    /// Writes the keys `numbers`, whose places in the table are `row` of each.
    private func write(_ numbers: Range<Int>, to cache: EntryCache, row: (Int) -> Int64?) throws {
        for number in numbers {
            let version = EntryCache.Version(entry: nil, revision: UInt64(number + 1), row: row(number))
            cache.insert(try StoreKey(StoreNamespace("room"), "k\(number + 100)"), version)
        }
        cache.publish(UInt64(numbers.upperBound))
    }

    private func cache() -> EntryCache { EntryCache(at: StorePosition(epoch: 1, revision: 0)) }

    @Test("It goes through the table in its order, and then through new keys in theirs")
    func order() throws {
        let cache = cache()
        try write(0..<6, to: cache) { $0 % 2 == 0 ? Int64(10 - $0) : nil }
        let slice = FoldPass(cache, at: 6).next(10, unfolded: 6)
        #expect(slice.map(\.key.key) == ["k104", "k102", "k100", "k101", "k103", "k105"])
    }

    @Test("A slice folds twice what came since the last one, and what came before that makes none longer")
    func sliceLength() throws {
        let cache = cache()
        try write(0..<100, to: cache) { Int64($0) }
        var pass = FoldPass(cache, at: 100)
        var lengths: [Int] = []
        var unfolded = 100
        for arrivals in [0, 20, 0, 3, 30] {
            unfolded += arrivals
            let slice = pass.next(8, unfolded: unfolded)
            lengths.append(slice.count)
            pass.finish(slice, unfolded: unfolded)
        }
        #expect(lengths == [8, 40, 8, 8, 36])
        #expect(pass.next(8, unfolded: unfolded).isEmpty)
    }

    @Test(
        "A commit folds little beside few writes, as much as it writes beside many, and more when it is alone or memory fills"
    )
    func leastEntries() {
        let limits = FoldLimits()
        let full = limits.bytes
        #expect(limits.leastEntries(beside: 1, unfoldedBytes: 0) == 32)
        #expect(limits.leastEntries(beside: 200, unfoldedBytes: full - 1) == 200)
        #expect(limits.leastEntries(beside: 0, unfoldedBytes: 0) == 128)
        #expect(limits.leastEntries(beside: 1, unfoldedBytes: full) == 512)
        #expect(limits.leastEntries(beside: 0, unfoldedBytes: full) == 512)
    }
}
