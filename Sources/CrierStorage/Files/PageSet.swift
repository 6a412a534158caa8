import Synchronization

/// Which pages of a file were proven against their checksums since the process began. One bit a page, 2 KiB a GiB.
final class PageSet: Sendable {
    private let words: Mutex<[UInt64]>

    /// `count` pages, all proven or none.
    init(count: Int, proven: Bool) {
        words = Mutex(Array(repeating: proven ? .max : 0, count: (count + 63) / 64))
    }

    /// The pages of `range` that are not proven, in order.
    func missing(in range: Range<Int>) -> [Int] {
        words.withLock { words in range.filter { words[$0 / 64] & 1 << UInt64($0 % 64) == 0 } }
    }

    func insert(_ page: Int) {
        words.withLock { $0[page / 64] |= 1 << UInt64(page % 64) }
    }
}
