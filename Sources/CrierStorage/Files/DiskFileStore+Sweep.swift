import CrierCore
import Logging
import Synchronization

/// Uploads that nobody goes on with must not fill the disk.
extension DiskFileStore {
    /// Sweeps when the last time is an hour ago. Called with each new upload: what makes the mess pays for the broom.
    func sweepIfDue() async throws(FileStoreError) {
        let now = context.clock.milliseconds
        let isDue = lastSweep.withLock { now - $0 >= FileStoreLimits.sweepIntervalMilliseconds }
        if isDue { try await sweep() }
    }

    /// Removes what is too old, and what belongs to nothing.
    func sweep() async throws(FileStoreError) {
        lastSweep.withLock { $0 = context.clock.milliseconds }
        let removed = try await pool.run { () throws(FileStoreError) in
            try translatingDiskFaults { () throws(DiskFault) in try self.removeOldUploads() }
        }
        if removed > 0 { context.logger.info("Abandoned uploads are removed", metadata: ["uploads": "\(removed)"]) }
    }

    private func removeOldUploads() throws(DiskFault) -> Int {
        let layout = context.layout
        let entries = try FileSystem.entries(of: layout.uploads)
        var (removed, unfinished) = (0, 0)
        var kept: Set<UploadKey> = []
        for entry in entries {
            guard let key = UploadKey(fileName: entry, suffix: FileLayout.journalSuffix) else { continue }
            let journal = try FileSystem.read(layout.journal(key), limit: FileStoreLimits.journalBytes)
                .flatMap { UploadJournal($0) }
            if activeUploads.contains(key) || journal.map(isWorthKeeping) ?? false {
                kept.insert(key)
                if journal?.isComplete == false { unfinished += 1 }
            } else {
                try FileSystem.remove(layout.journal(key))
                removed += 1
            }
        }
        context.uploadCount.store(unfinished, ordering: .relaxed)
        for entry in entries where !entry.hasSuffix(FileLayout.journalSuffix) {
            guard let key = UploadKey(fileName: String(entry.prefix(64)), suffix: "") else { continue }
            if !kept.contains(key), !activeUploads.contains(key) { try FileSystem.remove(layout.uploads + "/" + entry) }
        }
        return removed
    }

    private func isWorthKeeping(_ journal: UploadJournal) -> Bool {
        let age = context.clock.milliseconds - journal.changedAt
        return age
            < (journal.isComplete ? FileStoreLimits.finishedAgeMilliseconds : FileStoreLimits.uploadAgeMilliseconds)
    }
}
