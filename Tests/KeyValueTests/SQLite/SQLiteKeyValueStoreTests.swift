import CrierCore
import CrierStorage
import Foundation
import KeyValueStoreContract
import Synchronization
import Testing

private let room = StoreNamespace(constant: "room")

@Suite("SQLiteKeyValueStore", .timeLimit(.minutes(10)))
struct SQLiteKeyValueStoreTests {
    private let parent: TemporaryDirectory
    private let directory: DataDirectory

    init() throws {
        parent = try TemporaryDirectory()
        directory = try DataDirectory(opening: parent.file("data"))
    }

    private func directory(_ name: String) throws -> DataDirectory {
        name == "data" ? directory : try DataDirectory(opening: parent.file(name))
    }

    private func open(_ name: String = "data", retainedRevisions: Int = 1_000) throws -> SQLiteKeyValueStore {
        var settings = SQLiteStoreSettings()
        settings.retention.revisions = UInt64(retainedRevisions)
        return try SQLiteKeyValueStore(
            in: directory(name),
            settings: settings,
            fatal: { Issue.record("the store failed: \($0)") }
        )
    }

    private func refusal(_ name: String = "data") throws -> StorageError? {
        let directory = try directory(name)
        do throws(StorageError) {
            _ = try SQLiteKeyValueStore(in: directory, fatal: { _ in })
            return nil
        } catch {
            return error
        }
    }

    @Test("The SQLite store keeps every promise of the port", arguments: KeyValueStoreContract.promises(SQLiteDriver()))
    func contract(_ promise: StorePromise) async throws {
        try await promise.check(SQLiteDriver())
    }

    @Test(
        "It keeps every promise, too, while entries are folded into their table all the time",
        arguments: KeyValueStoreContract.promises(SQLiteDriver(foldsAlways: true)))
    func contractWhileFolding(_ promise: StorePromise) async throws {
        try await promise.check(SQLiteDriver(foldsAlways: true))
    }

    @Test("What was answered is there after a restart, with its revisions, and they go on growing")
    func restart() async throws {
        let first = try open()
        let written = try await first.put(StoreKey(room, "k"), .json("{\"a\":1}"))
        await first.close()
        let second = try open()
        let read = try await second.get(StoreKey(room, "k"))
        #expect(read == StoreRead(entry: written.entry, position: written.position))
        let next = try await second.put(StoreKey(room, "k"), .integer(2))
        #expect(next.position == StorePosition(epoch: written.position.epoch, revision: written.position.revision + 1))
        await second.close()
    }

    @Test("A watch goes on across a restart where it stopped")
    func watchAcrossRestart() async throws {
        let first = try open()
        let start = try await first.put(StoreKey(room, "k"), .integer(0)).position
        for value in 1...5 { try await first.put(StoreKey(room, "k"), .integer(Int64(value))) }
        await first.close()
        let second = try open()
        var watch = try await second.watch(StoreScope(room), after: start).makeAsyncIterator()
        for value in 1...5 {
            guard case .changes(let set) = try await watch.next() else { continue }
            #expect(set.changes.first?.entry?.value == .integer(Int64(value)))
        }
        await second.close()
    }

    @Test("Whatever moment the process dies at, all that was answered is there and no transaction is half there")
    func crash() async throws {
        let store = try open()
        let writing = Task {
            for round in 0..<200 {
                let value = StoreValue.integer(Int64(round))
                try await store.transact(
                    StoreTransaction(then: [.put(StoreKey(room, "a"), value), .put(StoreKey(room, "b"), value)])
                )
            }
        }
        for copy in 0..<5 {
            let answered = try await store.get(StoreKey(room, "a"))
            try copyDatabase(to: "copy-\(copy)")
            let recovered = try open("copy-\(copy)")
            let a = try await recovered.get(StoreKey(room, "a"))
            let b = try await recovered.get(StoreKey(room, "b"))
            #expect(a.entry?.value == b.entry?.value)
            #expect(a.entry?.revision == b.entry?.revision)
            #expect(a.position.revision >= answered.position.revision)
            await recovered.close()
        }
        try await writing.value
        await store.close()
    }

    /// What a process that is killed leaves: the files as the kernel has them. The log is copied first: in the other
    /// order a checkpoint between the two copies would take from both what it moves from one to the other.
    private func copyDatabase(to name: String) throws {
        _ = try DataDirectory(opening: parent.file(name))
        for file in ["kv.sqlite", "kv.sqlite-wal"] {
            try FileManager.default.copyItem(
                atPath: parent.file("data/\(file)"), toPath: parent.file("\(name)/\(file)"))
        }
    }

    @Test("A log that was cut anywhere recovers to what was committed at some moment")
    func tornLog() async throws {
        let store = try open()
        for round in 0..<20 {
            let value = StoreValue.integer(Int64(round))
            try await store.transact(
                StoreTransaction(then: [.put(StoreKey(room, "a"), value), .put(StoreKey(room, "b"), value)])
            )
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: parent.file("data/kv.sqlite-wal")))
        for step in 0..<12 {
            let name = "torn-\(step)"
            try copyDatabase(to: name)
            try log.prefix(log.count * step / 12).write(to: URL(fileURLWithPath: parent.file("\(name)/kv.sqlite-wal")))
            guard try refusal(name) == nil else {
                // Cut before the tables were made: there is nothing that was answered, and a clear refusal is right.
                continue
            }
            let torn = try open(name)
            let a = try await torn.get(StoreKey(room, "a"))
            #expect(try await torn.get(StoreKey(room, "b")).entry?.value == a.entry?.value)
            await torn.close()
        }
        await store.close()
    }

    @Test("A database whose bytes are wrong is refused as damaged, naming the file")
    func damaged() async throws {
        let store = try open()
        for index in 0..<200 {
            try await store.put(StoreKey(room, "k\(index)"), .string(String(repeating: "v", count: 200)))
        }
        await store.close()
        let path = parent.file("data/kv.sqlite")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in 4_096..<bytes.count { bytes[index] = 0xa5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = try refusal()
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("kv.sqlite") == true)
        try Data("not a database, but long enough to have a header".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try refusal()?.code == .damaged)
    }

    @Test("A log whose database was removed or emptied is not thrown away in silence", arguments: [true, false])
    func orphanedLog(_ isRemoved: Bool) async throws {
        let store = try open()
        try await store.put(StoreKey(room, "k"), .bool(true))
        try copyDatabase(to: "orphan")
        let path = parent.file("orphan/kv.sqlite")
        try isRemoved ? FileManager.default.removeItem(atPath: path) : Data().write(to: URL(fileURLWithPath: path))
        let error = try refusal("orphan")
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("kv.sqlite-wal") == true)
        #expect(FileManager.default.fileExists(atPath: parent.file("orphan/kv.sqlite-wal")))
        await store.close()
    }

    @Test("A database of a later layout, and one of another program, are refused and not touched")
    func otherDatabases() async throws {
        await (try open()).close()
        let path = parent.file("data/kv.sqlite")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // user_version and application_id stand at bytes 60 and 68 of the header (sqlite.org/fileformat.html).
        bytes[63] = 99
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try refusal()?.code == .newer)
        bytes[63] = 1
        bytes[71] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try refusal()?.code == .foreign)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test("The log keeps what it must and not much more; who is too far behind hears that it was compacted")
    func compaction() async throws {
        let store = try open(retainedRevisions: 50)
        let start = try await store.put(StoreKey(room, "k"), .integer(0)).position
        for value in 1...300 { try await store.put(StoreKey(room, "k"), .integer(Int64(value))) }
        await #expect(throws: KeyValueError.self) { _ = try await store.watch(.everything, after: start) }
        let recent = StorePosition(epoch: start.epoch, revision: 301 - 50)
        var watch = try await store.watch(.everything, after: recent).makeAsyncIterator()
        var revisions: [UInt64] = []
        while revisions.count < 50, let event = try await watch.next() { revisions.append(event.position.revision) }
        #expect(revisions == Array(252...301))
        await store.close()
    }

    @Test("A closed store refuses instead of waiting, and ends its watches")
    func closed() async throws {
        let store = try open()
        var watch = try await store.watch(.everything, after: nil).makeAsyncIterator()
        await store.close()
        await #expect(throws: StoreReset.closed) { _ = try await watch.next() }
        await #expect(throws: KeyValueError.self) { try await store.put(StoreKey(room, "k"), .bool(true)) }
        await #expect(throws: KeyValueError.self) { try await store.get(StoreKey(room, "k")) }
    }

    @Test("Housekeeping tells an idle watcher where the store is")
    func bookmarks() async throws {
        let store = try open()
        var watch = try await store.watch(StoreScope(room), after: nil).makeAsyncIterator()
        let other = try await store.put(StoreKey(StoreNamespace(constant: "elsewhere"), "k"), .bool(true))
        await store.housekeep()
        #expect(try await watch.next() == .progress(other.position))
        await store.close()
    }

    @Test(
        "A disk that gives other bytes than it got ends the store: its owner is told why, and nothing is answered any more"
    )
    func failedDisk() async throws {
        let told = Mutex<[String]>([])
        let store = try SQLiteKeyValueStore(in: directory, fatal: { reason in told.withLock { $0.append(reason) } })
        let value = StoreValue.string(String(repeating: "v", count: 1_000))
        for index in 0..<300 { try await store.put(StoreKey(room, "k\(index)"), value) }
        // Writes the log back: from here on the database's pages are what is read.
        await store.housekeep()
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: parent.file("data/kv.sqlite")))
        let size = try file.seekToEnd()
        try file.seek(toOffset: 4_096)
        try file.write(contentsOf: Data(repeating: 0xa5, count: Int(size) - 4_096))
        try file.close()

        // Not one that the cache knows.
        await #expect(throws: KeyValueError.self) { try await store.list(StoreListRequest(StoreScope(room))) }
        #expect(told.withLock { $0.count } == 1)
        let refusal = await #expect(throws: KeyValueError.self) { try await store.put(StoreKey(room, "k"), value) }
        #expect(refusal?.code == .unavailable)
        await store.close()
    }
}
