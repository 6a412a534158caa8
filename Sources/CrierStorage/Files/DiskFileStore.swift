public import CrierCore
import Glibc
public import Logging
public import NIOCore
public import NIOPosix
import Synchronization

/// Files on this machine's disk, content-addressed, with their names in the key-value store.
///
/// What is visible is durable, and what is served was proven: an upload is digested as it comes, brought to the disk,
/// given its place by a rename, then named; bytes that come back from the disk are proven against the checksums taken
/// then.
public final class DiskFileStore: FileStore {
    public let catalogue: FileCatalogue
    let context: Context
    let pool: DiskPool
    let names: StoredNames
    /// Puts everything that changes names or removes contents in order.
    let gate = AsyncGate()
    let openFiles = OpenFiles()
    let activeUploads: ActiveUploads
    let lastSweep = Mutex<Int64>(0)
    /// Held while the store lives: two processes in one directory would undo each other's work.
    private let lock: Descriptor

    private init(_ context: Context, names: StoredNames, pool: DiskPool, lock: consuming Descriptor) {
        self.context = context
        catalogue = context.catalogue
        activeUploads = ActiveUploads(context)
        self.names = names
        self.pool = pool
        self.lock = lock
    }

    /// Opens the store in `directory`, makes it where it is not there, and puts right what a crash left.
    ///
    /// - Parameters:
    ///   - keyValue: where the names are kept.
    ///   - isShared: other nodes keep their names there too: bytes that are not here may be there.
    ///   - threads: for disk work; started by the caller.
    ///   - now: the clock for intervals.
    /// - Throws: UNAVAILABLE when another process uses the directory or `keyValue` does not answer, and the disk's
    ///   faults.
    public static func open(
        directory: String,
        nodeID: String,
        keyValue: any KeyValueStore,
        isShared: Bool = false,
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
        try await store.recover(isShared: isShared)
        return store
    }

    /// Lets another process have the directory. Nothing may be asked of this store afterwards.
    public func close() { flock(lock.number, LOCK_UN) }

    private static func prepareDirectories(_ layout: FileLayout) throws(DiskFault) -> Descriptor {
        try FileSystem.makeDirectories(layout.root)
        for directory in [layout.objects, layout.uploads, layout.pulls, layout.quarantine] {
            try FileSystem.makeDirectory(directory)
        }
        try FileSystem.synchroniseDirectory(layout.root)
        return try Descriptor(layout.lock, O_RDWR | O_CREAT)
    }
}
