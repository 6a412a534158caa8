import CrierCore
import CrierStorage
import KeyValueStoreContract
import Synchronization
import Testing

/// The SQLite store as the contract wants it: it can do everything.
struct SQLiteDriver: ContractDriver {
    let abilities = Set(StoreAbility.allCases)
    /// Folds a few entries into their table with every commit, instead of many now and then.
    var foldsAlways = false

    func open(_ settings: ContractSettings) async throws -> any ContractStore {
        try SQLiteContractStore(settings, foldsAlways: foldsAlways)
    }
}

private final class SQLiteContractStore: ContractStore {
    private let parent: TemporaryDirectory
    private let directory: DataDirectory
    private let settings: SQLiteStoreSettings
    private let time = ManualTime()
    private let current: Mutex<SQLiteKeyValueStore?> = Mutex(nil)

    init(_ settings: ContractSettings, foldsAlways: Bool) throws {
        parent = try TemporaryDirectory()
        directory = try DataDirectory(opening: parent.file("data"))
        var own = SQLiteStoreSettings()
        own.quotas = settings.quotas
        own.retention.revisions = UInt64(settings.retainedRevisions)
        if foldsAlways {
            own.folding.keys = 1
            own.folding.entriesPerCommit = 2
            own.folding.entriesAlone = 2
        }
        self.settings = own
        try open()
    }

    var store: any KeyValueStore { sqlite }

    func advance(milliseconds: Int64) async throws {
        time.advance(milliseconds: milliseconds)
        await sqlite.housekeep()
    }

    func reopen() async throws {
        await sqlite.close()
        try open()
    }

    func announce() async throws { await sqlite.housekeep() }

    func close() async { await sqlite.close() }

    private var sqlite: SQLiteKeyValueStore {
        guard let store = current.withLock({ $0 }) else { preconditionFailure("opened by init") }
        return store
    }

    private func open() throws {
        let store = try SQLiteKeyValueStore(
            in: directory,
            settings: settings,
            clock: time.wallClock,
            timer: time.monotonicClock,
            fatal: { Issue.record("the store failed: \($0)") }
        )
        current.withLock { $0 = store }
    }
}
