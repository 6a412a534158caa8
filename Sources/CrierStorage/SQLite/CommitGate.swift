import Synchronization

/// Around the moment at which a commit is in the database and not yet in the cache. Who looks at both comes in front of
/// it or behind it, and sees them at the same revision.
final class CommitGate: Sendable {
    private let closed = Mutex<Void>(())

    /// The writer's: commits, and shows it.
    func pass(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try closed.withLock { _ throws(SQLiteError) in try body() }
    }

    /// A reader's: begins to read the database, and looks into the cache. No commit goes on meanwhile, so this is
    /// short.
    func look<R: Sendable>(_ body: () throws(SQLiteError) -> R) throws(SQLiteError) -> R {
        try closed.withLock { _ throws(SQLiteError) in try body() }
    }
}
