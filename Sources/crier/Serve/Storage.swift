import CrierCore
import CrierStorage
import Logging
import NIOPosix

/// What a gateway keeps: one directory with what is its own and its files, and the state that it works with.
struct Storage {
    let directory: DataDirectory
    /// In the directory: this node's own count of starts, and all of the state of a gateway that shares none.
    let own: SQLiteKeyValueStore
    /// What the doors show.
    let state: StateStore
    let files: DiskFileStore
    /// Where what waits for the disk on behalf of files is done.
    let diskThreads: NIOThreadPool
    /// Counts the starts in this directory: what a start before this one handed out is lower.
    let bootNumber: UInt64

    /// Throws `StartError` naming the directory.
    ///
    /// - Parameter shared: makes the store that several gateways share; nil: the state is this gateway's own.
    static func open(
        _ settings: ServeSettings,
        shared: StateStore?,
        _ disk: NIOThreadPool,
        _ logger: Logger
    ) async throws -> Storage {
        do {
            let directory = try DataDirectory(opening: settings.dataDirectory)
            let own = try SQLiteKeyValueStore(
                in: directory,
                settings: settings.keyValue.store,
                fatal: { ProcessSetup.die($0) }
            )
            let bootNumber = try await BootCount.next(in: own)
            let state = shared ?? StateStore(own: own)
            let files = try await DiskFileStore.open(
                directory: directory.path(of: "files"),
                nodeID: settings.nodeID.rawValue,
                keyValue: state.store,
                isShared: state.isShared,
                threads: disk,
                logger: logger
            )
            return Storage(
                directory: directory,
                own: own,
                state: state,
                files: files,
                diskThreads: disk,
                bootNumber: bootNumber
            )
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError("\(error)")
        }
    }

    func close() async {
        files.close()
        await state.close()
        await own.close()
    }
}
