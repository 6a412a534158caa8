import CSQLite
import CrierCore
import CrierStorage
import Foundation
import StoreCrashModel
import Testing

/// A process that writes is killed, loses its power or its disk; then the store is opened and held against what was
/// answered. `CRIER_KILLS` says how many times, 50 when it is not set.
@Suite("Crashes", .serialized, .timeLimit(.minutes(10)))
struct CrashTests {
    private static let kills = ProcessInfo.processInfo.environment["CRIER_KILLS"].flatMap(Int.init) ?? 50

    private let parent: TemporaryDirectory

    init() throws { parent = try TemporaryDirectory() }

    @Test("Killed anywhere, the store has all that was answered, whole transactions only, and a log without a gap")
    func kills() async throws {
        let points = [
            ("wal-write", 60), ("wal-sync", 25), ("wal-synced", 25), ("db-write", 80), ("copy-write", 30),
            ("fold", 40), ("folded", 40), ("compaction", 9),
        ]
        var last: UInt64 = 0
        for round in 0..<Self.kills {
            let (point, most) = points[round % points.count]
            // Every fourth seed makes backups.
            let seed = point == "copy-write" ? round * 4 : round
            let plan = "kill:\(point):\(1 + round * 7 % most)"
            let run = try crash("data", "full", plan, seed: seed)
            last = try await verify("data", run, plan, losesNothing: true, notBefore: last)
        }
        #expect(last > 0)
    }

    @Test("A power cut takes nothing that was answered when commits wait for the disk")
    func powerCutsFull() async throws {
        let points = [
            ("wal-write", 90), ("wal-sync", 40), ("wal-synced", 40), ("db-write", 60), ("db-sync", 2),
            ("fold", 30), ("folded", 30), ("compaction", 5),
        ]
        var last: UInt64 = 0
        for round in 0..<Self.kills {
            let (point, most) = points[round % points.count]
            let plan = "cut:\(point):\(1 + round * 11 % most)"
            let run = try crash("data", "full", plan, seed: round)
            last = try await verify("data", run, plan, losesNothing: true, notBefore: last)
        }
    }

    @Test("Without waiting for the disk a power cut takes the last transactions, and never one from the middle")
    func powerCutsNormal() async throws {
        let points = [("wal-write", 300), ("db-write", 60), ("wal-sync", 2), ("db-sync", 2), ("folded", 60)]
        for round in 0..<Self.kills / 2 {
            let (point, most) = points[round % points.count]
            let plan = "cut:\(point):\(1 + round * 13 % most)"
            let run = try crash("data", "normal", plan, seed: round)
            _ = try await verify("data", run, plan, losesNothing: false, notBefore: 0)
        }
    }

    @Test(
        "A disk that fails ends the process with a sentence, after which nothing is answered",
        arguments: ["fail:wal-sync:30", "fail:wal-write:50", "fail:db-sync:2", "fail:db-write:3"]
    )
    func failures(_ plan: String) async throws {
        let run = try crash("data", "full", plan, seed: 1)
        #expect(run.fatal?.contains("key-value store") == true, "\(run)")
        #expect(!run.answeredAfterFailure)
        _ = try await verify("data", run, plan, losesNothing: true, notBefore: 0)
    }

    @Test("A disk without room refuses with quota and ends nothing", arguments: ["full:wal-write:50"])
    func fullDisk(_ plan: String) async throws {
        let run = try crash("data", "full", plan, seed: 1)
        #expect(run.fatal == nil, "\(run)")
        #expect(run.refusals.contains("quota"))
        _ = try await verify("data", run, plan, losesNothing: true, notBefore: 0)
    }

    // MARK: The process

    private struct Run: CustomStringConvertible {
        var start: UInt64?
        var answered: UInt64 = 0
        var refusals = Set<String>()
        var fatal: String?
        var answeredAfterFailure = false
        var description: String { "from \(start ?? 0) to \(answered), \(refusals), \(fatal ?? "")" }
    }

    private func crash(_ name: String, _ durability: String, _ plan: String, seed: Int) throws -> Run {
        let process = Process()
        process.executableURL = Bundle.module.bundleURL.deletingLastPathComponent()
            .appendingPathComponent("StoreCrasher")
        process.arguments = [parent.file(name), durability, plan, String(seed)]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = Self.readToEnd(pipe.fileHandleForReading.fileDescriptor)
        process.waitUntilExit()
        if plan.hasPrefix("kill") || plan.hasPrefix("cut") {
            #expect(process.terminationReason == .uncaughtSignal, "\(plan) never came")
        }
        var run = Run()
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            switch (words[0], words.count) {
            case ("open", 2): run.start = UInt64(words[1])
            case ("failed", 2): run.refusals.insert(words[1])
            case ("fatal", 2): run.fatal = words[1]
            default:
                run.answeredAfterFailure = run.answeredAfterFailure || run.fatal != nil
                run.answered = try #require(UInt64(words[0]), "\(line) after \(plan)")
            }
        }
        return run
    }

    /// Foundation's own ends this process when a read is interrupted.
    private static func readToEnd(_ descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return all }
            all += piece[..<count]
        }
    }

    /// Returns the revision that is there.
    private func verify(
        _ name: String,
        _ run: Run,
        _ plan: String,
        losesNothing: Bool,
        notBefore last: UInt64
    ) async throws -> UInt64 {
        let path = parent.file(name)
        let store = try SQLiteKeyValueStore(
            in: DataDirectory(opening: path),
            fatal: { Issue.record("the store failed after \(plan): \($0)") }
        )
        let page = try await store.list(StoreListRequest(StoreScope(StoreCrashModel.room)))
        let revision = page.position.revision
        if losesNothing { #expect(revision >= max(last, run.answered), "\(plan): \(run)") }
        let expected = StoreCrashModel.entries(at: revision)
        #expect(page.entries.count == expected.count, "\(plan) at \(revision)")
        for entry in page.entries {
            #expect(expected[entry.key]?.revision == entry.revision, "\(plan) at \(revision): \(entry.key)")
            #expect(expected[entry.key]?.value == entry.value, "\(plan) at \(revision): \(entry.key)")
        }
        try await verifyLog(store, page.position)
        await store.close()
        #expect(try integrityOfFile("\(path)/kv.sqlite") == "ok", "\(plan)")
        return revision
    }

    private func verifyLog(_ store: SQLiteKeyValueStore, _ position: StorePosition) async throws {
        let first = position.revision - min(position.revision, StoreCrashModel.retainedRevisions)
        let start = StorePosition(epoch: position.epoch, revision: first)
        var watch = try await store.watch(.everything, after: start).makeAsyncIterator()
        var heard = first
        while heard < position.revision, let event = try await watch.next() {
            guard case .changes(let set) = event else { continue }
            #expect(set.position.revision == heard + 1)
            heard = set.position.revision
        }
    }

    private func integrityOfFile(_ path: String) throws -> String {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        try #require(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try #require(sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", -1, &statement, nil) == SQLITE_OK)
        try #require(sqlite3_step(statement) == SQLITE_ROW)
        return String(cString: sqlite3_column_text(statement, 0))
    }
}
