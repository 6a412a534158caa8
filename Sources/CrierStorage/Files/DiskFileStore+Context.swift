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
        /// What is known of the pages of each content since the start.
        private let ledgers = Mutex<[ContentDigest: PageLedger]>([:])

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
            ledgers.withLock { $0[digest] = PageLedger(count: table.pageChecksums.count, proven: true) }
            catalogue.add(table.content, digest: digest)
        }

        func ledger(of digest: ContentDigest, pages count: Int) -> PageLedger {
            ledgers.withLock { ledgers in
                if let ledger = ledgers[digest] { return ledger }
                let ledger = PageLedger(count: count, proven: false)
                ledgers[digest] = ledger
                return ledger
            }
        }

        func forget(_ digest: ContentDigest) {
            ledgers.withLock { $0[digest] = nil }
        }
    }
}
