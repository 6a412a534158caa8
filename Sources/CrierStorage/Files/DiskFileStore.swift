public import CrierCore
import Glibc
public import Logging
public import NIOCore
public import NIOPosix
import Synchronization

/// Files on this machine's disk, content-addressed, with their names in the key-value store.
///
/// What is visible is durable, and what is served was proven: an upload is digested as it comes, brought to the disk, given
/// its place by a rename, then named; bytes that come back from the disk are proven against the checksums taken then.
public final class DiskFileStore: FileStore {
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

    private struct WeakFile {
        weak var file: DiskFile?
    }

    private struct ActiveUpload {
        let upload: DiskUpload
        var users: Int
    }

    public let catalogue: FileCatalogue
    let context: Context
    let pool: DiskPool
    let names: StoredNames
    /// Puts everything that changes names or removes contents in order.
    let gate = AsyncGate()
    private let openFiles = Mutex<[ContentDigest: WeakFile]>([:])
    private let activeUploads = Mutex<[UploadKey: ActiveUpload]>([:])
    let lastSweep = Mutex<Int64>(0)
    /// Held while the store lives: two processes in one directory would undo each other's work.
    private let lock: Descriptor

    private init(_ context: Context, names: StoredNames, pool: DiskPool, lock: consuming Descriptor) {
        self.context = context
        catalogue = context.catalogue
        self.names = names
        self.pool = pool
        self.lock = lock
    }

    /// Opens the store in `directory`, makes it where it is not there, and puts right what a crash left.
    ///
    /// - Parameters:
    ///   - keyValue: where the names are kept.
    ///   - threads: for disk work; started by the caller.
    ///   - now: the clock for intervals.
    /// - Throws: UNAVAILABLE when another process uses the directory or `keyValue` does not answer, and the disk's faults.
    public static func open(
        directory: String,
        nodeID: String,
        keyValue: any KeyValueStore,
        threads: NIOThreadPool,
        logger: Logger,
        clock: WallClock = .system,
        now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) async throws(FileStoreError) -> DiskFileStore {
        let context = Context(
            layout: FileLayout(root: directory), catalogue: FileCatalogue(nodeID: nodeID), clock: clock, now: now,
            logger: logger
        )
        let pool = DiskPool(threads)
        let names = StoredNames(store: keyValue)
        let store = try await pool.run { () throws(FileStoreError) in
            let lock = try translatingDiskFaults { () throws(DiskFault) in try prepareDirectories(context.layout) }
            guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
                throw FileStoreError(.unavailable, "another process uses the file store's directory, \(directory)")
            }
            return DiskFileStore(context, names: names, pool: pool, lock: lock)
        }
        try await store.recover()
        return store
    }

    /// Lets another process have the directory. Nothing may be asked of this store afterwards.
    public func close() { flock(lock.number, LOCK_UN) }

    private static func prepareDirectories(_ layout: FileLayout) throws(DiskFault) -> Descriptor {
        try FileSystem.makeDirectories(layout.root)
        for directory in [layout.objects, layout.uploads, layout.quarantine] {
            try FileSystem.makeDirectory(directory)
        }
        try FileSystem.synchroniseDirectory(layout.root)
        return try Descriptor(layout.lock, O_RDWR | O_CREAT)
    }
}

// MARK: - Reading

extension DiskFileStore {
    public func open(_ digest: ContentDigest) throws(FileStoreError) -> any StoredFile {
        if let file = openFiles.withLock({ $0[digest]?.file }) { return file }
        _ = try catalogue.description(of: .content(digest))
        let file = try load(digest)
        return openFiles.withLock { files in
            if let other = files[digest]?.file { return other }
            files[digest] = WeakFile(file: file)
            if files.count.isMultiple(of: 256) { files = files.filter { $0.value.file != nil } }
            return file
        }
    }

    /// Who opens the content from now on meets what is on the disk.
    func forgetOpenFile(_ digest: ContentDigest) {
        openFiles.withLock { $0[digest] = nil }
        context.forget(digest)
    }

    private func load(_ digest: ContentDigest) throws(FileStoreError) -> DiskFile {
        let layout = context.layout
        let file = try object(digest)
        let bytes = try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.read(layout.table(digest), limit: .max)
        }
        guard let table = bytes.flatMap({ BlockTable($0) }) else { throw quarantine(digest, "its block table is damaged") }
        let size = try translatingDiskFaults { () throws(DiskFault) in try file.size() }
        guard size == table.content.size else { throw quarantine(digest, "it has \(size) bytes instead of \(table.content.size)") }
        let identity = try translatingDiskFaults { () throws(DiskFault) in try file.identity() }
        return DiskFile(
            digest: digest, file: file, table: table,
            proven: context.provenPages(of: digest, count: table.pageChecksums.count),
            reportDamage: { [weak self] detail in self?.quarantine(digest, detail, ifStill: identity) }
        )
    }

    private func object(_ digest: ContentDigest) throws(FileStoreError) -> Descriptor {
        do throws(DiskFault) {
            return try Descriptor(context.layout.object(digest), O_RDONLY)
        } catch {
            throw error.code == ENOENT ? .notFound(.content(digest)) : error.storeError
        }
    }

    /// A reader found damage in the file that it has open. It may have been healed by a new upload since: then the damage is
    /// the reader's alone.
    private func quarantine(_ digest: ContentDigest, _ detail: String, ifStill identity: FileIdentity) {
        guard FileSystem.identity(of: context.layout.object(digest)) == identity else { return }
        _ = quarantine(digest, detail)
    }

    /// Takes a content out of service and keeps its bytes aside. Returns what whoever asked for it is told.
    func quarantine(_ digest: ContentDigest, _ detail: String) -> FileStoreError {
        let layout = context.layout
        forgetOpenFile(digest)
        let isNews = catalogue.content(digest) != nil
        catalogue.markDamaged(digest, detail)
        do throws(DiskFault) {
            if FileSystem.size(of: layout.object(digest)) != nil {
                try FileSystem.rename(layout.object(digest), to: layout.quarantine + "/" + digest.hex)
            }
            try FileSystem.remove(layout.table(digest))
        } catch {
            context.logger.error("Damaged file could not be set aside", metadata: ["file": "\(digest)", "error": "\(error)"])
        }
        if isNews {
            context.logger.error("File is damaged and no longer served", metadata: ["file": "\(digest)", "detail": "\(detail)"])
        }
        return .damaged(digest, detail)
    }
}

// MARK: - Uploading

extension DiskFileStore {
    public func beginUpload(_ beginning: UploadBeginning) async throws(FileStoreError) -> UploadStart {
        try await sweepIfDue()
        let claim = try UploadClaim(UploadKey(beginning.id), self)
        let begun = try await pool.run { () throws(FileStoreError) in try claim.upload.begin(beginning) }
        switch begun {
        case .writing(let lease):
            return .ready(DiskFileUpload(claim, self, lease: lease))
        case .complete(let sealed) where stands(sealed):
            return .complete(try described(sealed.digest, as: sealed.name))
        case .finishing(let sealed), .complete(let sealed):
            return .complete(try await gate.withLock { () async throws(FileStoreError) in
                try await name(sealed, of: claim.upload)
            })
        }
    }

    /// Whether the name still stands for what was uploaded. Where it does not, the same upload means it to again: whoever
    /// puts the old file back under its name uses the old upload's id.
    private func stands(_ sealed: DiskUpload.Sealed) -> Bool {
        catalogue.binding(of: sealed.name)?.digest == sealed.digest
    }

    public func uploadProgress(of id: UploadID) async throws(FileStoreError) -> UploadProgress {
        let claim = try UploadClaim(UploadKey(id), self)
        let progress = try await pool.run { () throws(FileStoreError) in try claim.upload.progress() }
        guard let sealed = progress.complete, stands(sealed) else { return UploadProgress(committed: progress.committed) }
        return UploadProgress(committed: progress.committed, file: try described(sealed.digest, as: sealed.name))
    }

    /// Gives a content that has its place the name it came with. The gate must be held.
    func name(_ sealed: DiskUpload.Sealed, of upload: DiskUpload) async throws(FileStoreError) -> FileDescription {
        let size = try catalogue.description(of: .content(sealed.digest)).size
        let binding = FileCatalogue.Binding(
            digest: sealed.digest, createdAt: context.clock.milliseconds, mediaType: sealed.mediaType
        )
        try await names.put(.init(name: sealed.name, binding: binding, size: size))
        catalogue.bind(sealed.name, to: binding)
        try await pool.run { () throws(FileStoreError) in try upload.complete(sealed) }
        return try described(sealed.digest, as: sealed.name)
    }

    private func described(_ digest: ContentDigest, as name: FileName) throws(FileStoreError) -> FileDescription {
        if catalogue.binding(of: name)?.digest == digest { return try catalogue.description(of: .name(name)) }
        return try catalogue.description(of: .content(digest))
    }

    /// The upload of this key, shared by all that use it now.
    func claim(_ key: UploadKey) throws(FileStoreError) -> DiskUpload {
        let upload: DiskUpload? = activeUploads.withLock { uploads in
            if uploads[key] == nil {
                guard uploads.count < FileStoreLimits.activeUploads else { return nil }
                uploads[key] = ActiveUpload(upload: DiskUpload(key, context), users: 0)
            }
            uploads[key]?.users += 1
            return uploads[key]?.upload
        }
        guard let upload else {
            throw FileStoreError(
                .resourceExhausted, "\(FileStoreLimits.activeUploads) uploads are under way, which is the limit"
            )
        }
        return upload
    }

    func release(_ key: UploadKey) {
        activeUploads.withLock { uploads in
            uploads[key]?.users -= 1
            if uploads[key]?.users == 0 { uploads[key] = nil }
        }
    }

    /// Whether anybody uses the upload now.
    func isActive(_ key: UploadKey) -> Bool { activeUploads.withLock { $0[key] != nil } }
}

/// A hold on the one object of an upload, let go of with the last reference.
final class UploadClaim: Sendable {
    let upload: DiskUpload
    private let store: DiskFileStore

    init(_ key: UploadKey, _ store: DiskFileStore) throws(FileStoreError) {
        upload = try store.claim(key)
        self.store = store
    }

    deinit { store.release(upload.key) }
}
