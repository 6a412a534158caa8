import CrierCodecs
import CrierCore
import NIOCore
import Synchronization

/// Taking bytes, and making a file of them.
extension DiskUpload {
    /// Takes the next bytes, for the holder of `lease`.
    func append(
        _ bytes: ByteBuffer, at offset: Int64, crc32c: UInt32?, lease: Lease
    ) throws(FileStoreError) {
        try state.withLock { (state) throws(FileStoreError) in
            let (journal, part) = try Self.held(lease, state)
            guard offset == part.position else {
                throw .invalidArgument(
                    "chunk.offset", "\(offset)", "is not where the bytes before it end, \(part.position)")
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

    /// Gives the sealed content its place among the objects. The store's gate must be held, so that no deletion is
    /// between this and the naming.
    func place(_ sealed: Sealed, _ table: BlockTable, lease: Lease) throws(FileStoreError) {
        try state.withLock { (state) throws(FileStoreError) in
            var (journal, _) = try Self.held(lease, state)
            try translatingDiskFaults { () throws(DiskFault) in
                if isStored(sealed.digest, table.content.size) {
                    try FileSystem.remove(store.layout.part(key))
                    try FileSystem.remove(sealedTable)
                } else {
                    try store.layout.moveIntoPlace(sealed.digest, bytes: store.layout.part(key), table: sealedTable)
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
