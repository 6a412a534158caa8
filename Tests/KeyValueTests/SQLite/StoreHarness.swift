import CrierCore
import CrierStorage
import NIOCore
import Synchronization
import Testing

/// A directory with a store that can be closed and opened again, and the clocks that it reads.
final class StoreHarness: Sendable {
    let parent: TemporaryDirectory
    let timer = SetTimer()
    private let wall = Mutex<Int64>(1_000_000)
    /// Kept, since a closed store that is not gone yet still has its directory.
    private let directories = Mutex<[String: DataDirectory]>([:])

    init() throws { parent = try TemporaryDirectory() }

    var path: String { parent.file("data") }

    func setWallClock(_ milliseconds: Int64) { wall.withLock { $0 = milliseconds } }

    /// Lets go of the directories, for what wants them for itself.
    func release() { directories.withLock { $0 = [:] } }

    private func directory(_ name: String) throws -> DataDirectory {
        try directories.withLock { directories in
            let directory = try directories[name] ?? DataDirectory(opening: parent.file(name))
            directories[name] = directory
            return directory
        }
    }

    /// Every failure of the store is one of the test.
    func open(
        _ name: String = "data",
        _ change: (inout SQLiteStoreSettings) -> Void = { _ in }
    ) throws -> SQLiteKeyValueStore {
        var settings = SQLiteStoreSettings()
        change(&settings)
        return try SQLiteKeyValueStore(
            in: directory(name),
            settings: settings,
            clock: WallClock { self.wall.withLock { $0 } },
            timer: timer.clock,
            fatal: { Issue.record("the store failed: \($0)") }
        )
    }
}

/// A monotonic clock that a test moves.
final class SetTimer: Sendable {
    private let time = Mutex(NIODeadline.uptimeNanoseconds(1_000_000_000))

    var clock: MonotonicClock { MonotonicClock { self.time.withLock { $0 } } }

    func advance(milliseconds: Int64) { time.withLock { $0 = $0 + .milliseconds(milliseconds) } }
}

extension SQLiteKeyValueStore {
    /// The changes of the next revision that `watch` hears of.
    func nextChanges(_ watch: inout StoreWatch.Iterator) async throws -> [StoreChange] {
        while let event = try await watch.next() {
            if case .changes(let set) = event { return set.changes }
        }
        return []
    }
}
