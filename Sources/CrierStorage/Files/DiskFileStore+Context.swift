import CrierCore
import Logging
import NIOCore
import Synchronization

extension DiskFileStore {
    /// What a store's parts share.
    final class Context: Sendable {
        let layout: FileLayout
        let catalogue: FileCatalogue
        let clock: WallClock
        let now: @Sendable () -> NIODeadline
        let logger: Logger
        /// Unfinished uploads on the disk, as the last sweep counted them and uploads have begun since.
        let uploadCount = Atomic<Int>(0)
        /// The pages of each content that were proven since the start.
        private let proven = Mutex<[ContentDigest: PageSet]>([:])

        init(
            layout: FileLayout, catalogue: FileCatalogue, clock: WallClock, now: @escaping @Sendable () -> NIODeadline,
            logger: Logger
        ) {
            self.layout = layout
            self.catalogue = catalogue
            self.clock = clock
            self.now = now
            self.logger = logger
        }

        /// A content got its place: its bytes were all seen on the way in.
        func stored(_ digest: ContentDigest, _ table: BlockTable) {
            proven.withLock { $0[digest] = PageSet(count: table.pageChecksums.count, proven: true) }
            catalogue.add(table.content, digest: digest)
        }

        func provenPages(of digest: ContentDigest, count: Int) -> PageSet {
            proven.withLock { proven in
                if let pages = proven[digest] { return pages }
                let pages = PageSet(count: count, proven: false)
                proven[digest] = pages
                return pages
            }
        }

        func forget(_ digest: ContentDigest) {
            proven.withLock { $0[digest] = nil }
        }
    }
}
