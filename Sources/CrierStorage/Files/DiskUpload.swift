import CrierCore
import NIOCore
import Synchronization

/// One upload on the disk, however many streams try to write it: the newest of them holds it.
///
/// All methods block and belong on the store's threads; the lock is held across disk work on purpose, since it is what
/// puts the writers of one upload in order.
final class DiskUpload: Sendable {
    /// Which stream holds the upload: grows with each.
    typealias Lease = Int

    /// How an upload goes on.
    enum Begun: Sendable {
        case writing(Lease)
        /// All bytes are here; the name is missing.
        case finishing(Sealed)
        case complete(Sealed)
    }

    /// A file whose bytes are proven and on the disk.
    struct Sealed: Sendable {
        var digest: ContentDigest
        var name: FileName
        var mediaType: String

        init(_ digest: ContentDigest, _ journal: UploadJournal) {
            self.digest = digest
            name = journal.name
            mediaType = journal.mediaType
        }
    }

    /// What the lock guards.
    struct State {
        var isLoaded = false
        var journal: UploadJournal?
        var part: PartFile?
        var lease: Lease = 0
    }

    let key: UploadKey
    let store: DiskFileStore.Context
    let state = Mutex(State())

    init(_ key: UploadKey, _ store: DiskFileStore.Context) {
        self.key = key
        self.store = store
    }
}

extension DiskUpload {
    /// The record and the part, for the stream that holds the upload.
    static func held(_ lease: Lease, _ state: State) throws(FileStoreError) -> (UploadJournal, PartFile) {
        guard lease == state.lease else {
            throw FileStoreError(.aborted, "another stream goes on with this upload")
        }
        guard let journal = state.journal, let part = state.part else {
            throw FileStoreError(.failedPrecondition, "this upload is finished or was dropped; begin it again")
        }
        return (journal, part)
    }

    /// Bytes first, then the record of them: the record never leads.
    func commit(_ state: inout State) throws(FileStoreError) {
        guard let part = state.part, var journal = state.journal, part.position > journal.committed else { return }
        do throws(DiskFault) {
            journal.committed = try part.commit(now: store.now())
        } catch {
            // After a failed fdatasync(2) nobody knows which pages reached the disk: only what was committed before
            // counts.
            state.part = nil
            throw error.storeError
        }
        try save(journal, &state)
    }

    func save(_ changed: UploadJournal, _ state: inout State) throws(FileStoreError) {
        var journal = changed
        journal.changedAt = store.clock.milliseconds
        try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.replace(store.layout.journal(key), with: journal.encoded())
        }
        state.journal = journal
    }

    /// The upload begins at 0 again.
    func forget(_ state: inout State) throws(FileStoreError) {
        store.uploadCount.subtract(1, ordering: .relaxed)
        state.part = nil
        state.journal = nil
        try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.remove(store.layout.journal(key))
            try FileSystem.remove(store.layout.part(key))
        }
    }
}
