import NIOCore
import Synchronization

/// What this process knows of a file's pages: which were proven against their checksums since it began, and when they
/// were last seen in memory. 6 KiB a GiB.
///
/// Whoever was told by the kernel a moment ago that pages are in memory need not ask again: a fleet downloads one file
/// a thousand times at once.
final class PageLedger: Sendable {
    /// 64 pages, 4 MiB of the file: what a download brings in at once.
    private struct Window {
        var proven: UInt64
        /// When all 64, proven, were in memory.
        var seen: NIODeadline?
    }

    private static let windowPages = UInt64.bitWidth

    private let pageCount: Int
    private let windows: Mutex<[Window]>

    /// `count` pages, all proven or none.
    init(count: Int, proven: Bool) {
        pageCount = count
        let window = Window(proven: proven ? .max : 0)
        windows = Mutex(Array(repeating: window, count: (count + Self.windowPages - 1) / Self.windowPages))
    }

    /// The pages of `range` that are not proven, in order.
    func unproven(in range: Range<Int>) -> [Int] {
        windows.withLock { windows in
            range.filter { windows[$0 / Self.windowPages].proven & 1 << UInt64($0 % Self.windowPages) == 0 }
        }
    }

    func proved(_ page: Int) {
        windows.withLock { $0[page / Self.windowPages].proven |= 1 << UInt64(page % Self.windowPages) }
    }

    /// All of `pages` are proven, and were in memory at `time` or since. Parts of windows are not remembered.
    func saw(_ pages: Range<Int>, at time: NIODeadline) {
        windows.withLock { windows in
            for index in Self.windowIndices(of: pages) {
                let start = index * Self.windowPages
                let end = min(start + Self.windowPages, pageCount)
                if pages.lowerBound <= start, end <= pages.upperBound { windows[index].seen = time }
            }
        }
    }

    /// Whether all of `pages` are proven and were in memory lately: they can be sent without a look at the disk.
    func areReady(_ pages: Range<Int>, now: NIODeadline) -> Bool {
        windows.withLock { windows in
            Self.windowIndices(of: pages)
                .allSatisfy { index in
                    windows[index].seen.map { now - $0 <= FileStoreLimits.residencyAge } ?? false
                }
        }
    }

    private static func windowIndices(of pages: Range<Int>) -> Range<Int> {
        pages.lowerBound / windowPages..<(pages.upperBound + windowPages - 1) / windowPages
    }
}
