import CrierCore
import CrierStorage
import Logging
import NIOPosix

/// What a gateway keeps: one directory with the key-value store and the files.
struct Storage {
    let directory: DataDirectory
    let keyValue: SQLiteKeyValueStore
    let files: DiskFileStore
    /// Where what waits for the disk on behalf of files is done.
    let diskThreads: NIOThreadPool
    /// Counts the starts in this directory: what a start before this one handed out is lower.
    let bootNumber: UInt64

    /// Throws `StartError` naming the directory.
    static func open(
        _ settings: ServeSettings,
        _ disk: NIOThreadPool,
        _ logger: Logger
    ) async throws -> Storage {
        do {
            let directory = try DataDirectory(opening: settings.dataDirectory)
            let keyValue = try SQLiteKeyValueStore(
                in: directory,
                settings: settings.keyValue.store,
                fatal: { ProcessSetup.die($0) }
            )
            let bootNumber = try await BootCount.next(in: keyValue)
            let files = try await DiskFileStore.open(
                directory: directory.path(of: "files"),
                nodeID: settings.nodeID.rawValue,
                keyValue: keyValue,
                threads: disk,
                logger: logger
            )
            return Storage(
                directory: directory,
                keyValue: keyValue,
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
        await keyValue.close()
    }
}
