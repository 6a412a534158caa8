import ArgumentParser
import CrierClient
import CrierStorage
import Foundation

/// `crier kv backup`: a copy of everything, while the gateway goes on working.
struct KVBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the whole key-value state into a file.",
        discussion: """
            All namespaces, as they are at one moment, with their history; the gateway
            goes on working. The file is called FILE.part until it is whole, checked
            and on the disk; then it takes the place of FILE in one step.

              crier kv backup /var/backups/crier.kv
            """
    )

    @Argument(help: "The file to make or to replace.")
    var file: String

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let bytes = try await save(from: KeyValueClient(link))
            await link.close()
            switch format.output {
            case .text: Output.line("\(file) \(bytes)")
            case .json: try Output.json(BackupRow(file: file, bytes: bytes))
            }
        }
    }

    private func save(from store: KeyValueClient) async throws -> Int64 {
        var pieces = try await store.backup().makeAsyncIterator()
        // The first piece first: a gateway that refuses leaves no file behind.
        var piece = try await pieces.next(isolation: nil)
        var writer = try BackupWriter(file)
        let progress = ProgressLine(file)
        defer { progress.clear() }
        do {
            while let bytes = piece {
                try writer.write(bytes)
                progress.show(done: writer.byteCount, total: Int64(pieces.totalBytes ?? 0))
                piece = try await pieces.next(isolation: nil)
            }
        } catch {
            writer.abandon()
            throw error
        }
        progress.clear()
        let count = writer.byteCount
        try writer.finish { try SQLiteKeyValueStore.verify(backup: $0) }
        return count
    }
}

/// A backup as `--output json` shows it.
private struct BackupRow: Encodable {
    var file: String
    var bytes: Int64
}

/// `crier kv restore`: makes a backup the state of a gateway that does not run.
struct KVRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of a stopped gateway's key-value state.",
        discussion: """
            Works on the data directory itself and refuses while a gateway uses it. The
            file is checked before anything is replaced. What was written after the
            backup is gone; the epoch changes, so that everybody who follows the state
            hears that it must be read again. Uploaded files are not part of it.

              crier kv restore /var/backups/crier.kv --data-dir /var/lib/crier
            """
    )

    @Argument(help: "What `crier kv backup` made.")
    var file: String

    @Option(help: ArgumentHelp("The gateway's data directory; made when missing.", valueName: "dir"))
    var dataDir: String

    func run() async throws {
        try await reportingErrors {
            let starts = await countOfStarts()
            try SQLiteKeyValueStore.restore(from: file, into: dataDir)
            if let starts { try await withStore { try await BootCount.carry(starts, to: $0) } }
        }
        Output.line("restored \(dataDir)")
    }

    /// Of the store that is about to be replaced; nil when there is none that can be read.
    private func countOfStarts() async -> Int64? {
        guard FileManager.default.fileExists(atPath: "\(dataDir)/FORMAT") else { return nil }
        return try? await withStore { try await BootCount.current(in: $0) }
    }

    private func withStore<Result>(_ body: (SQLiteKeyValueStore) async throws -> Result) async throws -> Result {
        let directory = try DataDirectory(opening: dataDir)
        let store = try SQLiteKeyValueStore(in: directory) { Output.note("crier: \($0)") }
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}
