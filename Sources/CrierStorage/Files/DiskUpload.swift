import CrierCodecs
import CrierCore
import Logging
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

    private struct State {
        var isLoaded = false
        var journal: UploadJournal?
        var part: PartFile?
        var lease: Lease = 0
    }

    let key: UploadKey
    private let store: DiskFileStore.Context
    private let state = Mutex(State())

    init(_ key: UploadKey, _ store: DiskFileStore.Context) {
        self.key = key
        self.store = store
    }
}

// MARK: - Beginning

extension DiskUpload {
    /// Begins or resumes; takes the upload from whoever held it.
    func begin(_ beginning: UploadBeginning) throws(FileStoreError) -> Begun {
        try state.withLock { (state) throws(FileStoreError) in
            try load(&state)
            state.lease += 1
            guard var journal = state.journal else { return try start(beginning, &state) }
            guard journal.matches(beginning) else { throw Self.otherFile(beginning, journal) }
            switch journal.phase {
            case .complete(let digest): return .complete(Sealed(digest, journal))
            case .finishing(let digest): return .finishing(Sealed(digest, journal))
            case .writing:
                try commit(&state)
                journal = state.journal ?? journal
                try Self.check(beginning.offset, committed: journal.committed)
                try checkRoom(for: journal.size - journal.committed)
                if state.part == nil { try resume(journal, &state) }
                return .writing(state.lease)
            }
        }
    }

    /// Reads the journal once. What it remembers of a content that is gone by now is no use.
    private func load(_ state: inout State) throws(FileStoreError) {
        guard !state.isLoaded else { return forgetDeleted(&state) }
        let path = store.layout.journal(key)
        let bytes = try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.read(path, limit: FileStoreLimits.journalBytes)
        }
        state.journal = bytes.flatMap { UploadJournal($0) }
        if bytes != nil, state.journal == nil {
            store.logger.warning("Upload record is damaged; the upload begins again", metadata: ["upload": "\(key.hex)"])
        }
        state.isLoaded = true
        forgetDeleted(&state)
    }

    private func forgetDeleted(_ state: inout State) {
        switch state.journal?.phase {
        case .complete(let digest), .finishing(let digest):
            if store.catalogue.content(digest) == nil, FileSystem.size(of: store.layout.object(digest)) == nil {
                state.journal = nil
            }
        case .writing, nil: break
        }
    }

    private func start(_ beginning: UploadBeginning, _ state: inout State) throws(FileStoreError) -> Begun {
        try Self.check(beginning.offset, committed: 0)
        try checkRoom(for: beginning.size)
        guard store.uploadCount.add(1, ordering: .relaxed).newValue <= FileStoreLimits.uploads else {
            store.uploadCount.subtract(1, ordering: .relaxed)
            throw FileStoreError(.resourceExhausted, "\(FileStoreLimits.uploads) uploads are unfinished, which is the limit")
        }
        let journal = UploadJournal(beginning, at: store.clock.milliseconds)
        state.part = try translatingDiskFaults { () throws(DiskFault) in
            let part = try PartFile.create(store.layout.part(key), fileSize: beginning.size, now: store.now())
            try FileSystem.replace(store.layout.journal(key), with: journal.encoded())
            try FileSystem.synchroniseDirectory(store.layout.uploads)
            return part
        }
        state.journal = journal
        return .writing(state.lease)
    }

    private func resume(_ journal: UploadJournal, _ state: inout State) throws(FileStoreError) {
        let part = try translatingDiskFaults { () throws(DiskFault) in
            try PartFile.resume(
                store.layout.part(key), committed: journal.committed, fileSize: journal.size, now: store.now()
            )
        }
        guard let part else {
            try forget(&state)
            throw FileStoreError(.failedPrecondition, "the bytes of this upload are lost; offset must be 0, its committed offset")
        }
        state.part = part
    }

    private static func check(_ offset: Int64, committed: Int64) throws(FileStoreError) {
        guard offset != committed else { return }
        throw FileStoreError(.failedPrecondition, "offset \(offset) is not the committed offset, \(committed)")
    }

    private func checkRoom(for bytes: Int64) throws(FileStoreError) {
        let free = try translatingDiskFaults { () throws(DiskFault) in try FileSystem.freeBytes(at: store.layout.root) }
        guard free - FileStoreLimits.reservedDiskBytes < bytes else { return }
        throw FileStoreError(
            .resourceExhausted, "the gateway's disk has no room: \(bytes) bytes are to come and \(free) are free; what is committed is kept"
        )
    }

    private static func otherFile(_ beginning: UploadBeginning, _ journal: UploadJournal) -> FileStoreError {
        .invalidArgument(
            "upload_id", beginning.id.text,
            "was begun for name \"\(journal.name)\" with size \(journal.size); name, size, sha256 and media_type must stay the same"
        )
    }
}

// MARK: - Writing

extension DiskUpload {
    /// Takes the next bytes, for the holder of `lease`.
    func append(
        _ bytes: ByteBuffer, at offset: Int64, crc32c: UInt32?, lease: Lease
    ) throws(FileStoreError) {
        try state.withLock { (state) throws(FileStoreError) in
            let (journal, part) = try Self.held(lease, state)
            guard offset == part.position else {
                throw .invalidArgument("chunk.offset", "\(offset)", "is not where the bytes before it end, \(part.position)")
            }
            guard Int64(bytes.readableBytes) <= journal.size - part.position else {
                throw .invalidArgument(
                    "size", "\(journal.size)", "is exceeded: the chunk at \(offset) has \(bytes.readableBytes) bytes"
                )
            }
            if let crc32c, bytes.withUnsafeReadableBytes({ CRC32C.checksum($0) }) != crc32c {
                throw FileStoreError(.dataLoss, "the chunk at \(offset) does not have the crc32c \(crc32c)")
            }
            try translatingDiskFaults { () throws(DiskFault) in try part.append(bytes) }
            if part.isCommitDue(now: store.now()) { try commit(&state) }
        }
    }

    /// Proves the whole against what was announced, and brings it with its table to the disk. What is wrong is dropped.
    func seal(lease: Lease) throws(FileStoreError) -> (sealed: Sealed, table: BlockTable) {
        try state.withLock { (state) throws(FileStoreError) in
            let (journal, part) = try Self.held(lease, state)
            guard part.position == journal.size else {
                try commit(&state)
                throw .invalidArgument("size", "\(journal.size)", "is not what came: \(part.position) bytes")
            }
            let digests = part.digests()
            if let announced = journal.announced, announced != digests.digest {
                try forget(&state)
                throw .invalidArgument("sha256", announced.hex, "is not that of the bytes, \(digests.digest.hex)")
            }
            try commit(&state)
            let content = FileCatalogue.Content(
                size: journal.size, blockSize: BlockSize.forFile(ofSize: journal.size),
                createdAt: store.clock.milliseconds, mediaType: journal.mediaType
            )
            let table = BlockTable(
                content: content, blockDigests: digests.blockDigests, pageChecksums: digests.pageChecksums
            )
            try translatingDiskFaults { () throws(DiskFault) in
                try FileSystem.write(table.encoded(), to: sealedTable)
            }
            return (Sealed(digests.digest, journal), table)
        }
    }

    /// Where the table waits until the content has its place.
    private var sealedTable: String { store.layout.part(key) + FileLayout.tableSuffix }

    /// Gives the sealed content its place among the objects. The store's gate must be held, so that no deletion is between
    /// this and the naming.
    func place(_ sealed: Sealed, _ table: BlockTable, lease: Lease) throws(FileStoreError) {
        try state.withLock { (state) throws(FileStoreError) in
            var (journal, _) = try Self.held(lease, state)
            try translatingDiskFaults { () throws(DiskFault) in
                if isStored(sealed.digest, table.content.size) {
                    try FileSystem.remove(store.layout.part(key))
                    try FileSystem.remove(sealedTable)
                } else {
                    try moveIntoPlace(sealed.digest)
                    store.stored(sealed.digest, table)
                }
            }
            state.part = nil
            journal.phase = .finishing(sealed.digest)
            try save(journal, &state)
        }
    }

    private func isStored(_ digest: ContentDigest, _ size: Int64) -> Bool {
        store.catalogue.content(digest) != nil && FileSystem.size(of: store.layout.object(digest)) == size
    }

    /// The table first: an object without a table was never finished, and a table without an object is nothing.
    private func moveIntoPlace(_ digest: ContentDigest) throws(DiskFault) {
        let layout = store.layout
        try FileSystem.makeDirectory(layout.fanOut(digest))
        try FileSystem.rename(sealedTable, to: layout.table(digest))
        try FileSystem.rename(layout.part(key), to: layout.object(digest))
        try FileSystem.synchroniseDirectory(layout.fanOut(digest))
        try FileSystem.synchroniseDirectory(layout.objects)
    }

    /// The name stands: from now on the same upload is answered at once.
    func complete(_ sealed: Sealed) throws(FileStoreError) {
        try state.withLock { (state) throws(FileStoreError) in
            guard var journal = state.journal else { return }
            if case .finishing = journal.phase { store.uploadCount.subtract(1, ordering: .relaxed) }
            journal.phase = .complete(sealed.digest)
            try save(journal, &state)
        }
    }

    /// How far the upload is, after bringing to the disk what was written; for a finished one, what it became.
    func progress() throws(FileStoreError) -> (committed: Int64, complete: Sealed?) {
        try state.withLock { (state) throws(FileStoreError) in
            try load(&state)
            try commit(&state)
            guard let journal = state.journal else { return (0, nil) }
            guard case .complete(let digest) = journal.phase else { return (journal.committed, nil) }
            return (journal.committed, Sealed(digest, journal))
        }
    }

    /// What has its place but, as far as the journal knows, not its name.
    func unnamed() throws(FileStoreError) -> Sealed? {
        try state.withLock { (state) throws(FileStoreError) in
            try load(&state)
            guard let journal = state.journal, case .finishing(let digest) = journal.phase else { return nil }
            return Sealed(digest, journal)
        }
    }

    /// The holder's stream ended early.
    func suspend(lease: Lease) throws(FileStoreError) {
        try state.withLock { (state) throws(FileStoreError) in
            guard lease == state.lease else { return }
            try commit(&state)
        }
    }
}

extension DiskUpload {
    private static func held(_ lease: Lease, _ state: State) throws(FileStoreError) -> (UploadJournal, PartFile) {
        guard lease == state.lease else {
            throw FileStoreError(.aborted, "another stream goes on with this upload")
        }
        guard let journal = state.journal, let part = state.part else {
            throw FileStoreError(.failedPrecondition, "this upload is finished or was dropped; begin it again")
        }
        return (journal, part)
    }

    /// Bytes first, then the record of them: the record never leads.
    private func commit(_ state: inout State) throws(FileStoreError) {
        guard let part = state.part, var journal = state.journal, part.position > journal.committed else { return }
        do throws(DiskFault) {
            journal.committed = try part.commit(now: store.now())
        } catch {
            // After a failed fdatasync(2) nobody knows which pages reached the disk: only what was committed before counts.
            state.part = nil
            throw error.storeError
        }
        try save(journal, &state)
    }

    private func save(_ changed: UploadJournal, _ state: inout State) throws(FileStoreError) {
        var journal = changed
        journal.changedAt = store.clock.milliseconds
        try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.replace(store.layout.journal(key), with: journal.encoded())
        }
        state.journal = journal
    }

    /// The upload begins at 0 again.
    private func forget(_ state: inout State) throws(FileStoreError) {
        store.uploadCount.subtract(1, ordering: .relaxed)
        state.part = nil
        state.journal = nil
        try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.remove(store.layout.journal(key))
            try FileSystem.remove(store.layout.part(key))
        }
    }
}
