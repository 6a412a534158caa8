import Synchronization

/// Between the moment at which a commit is in the database and the one at which the cache shows it. Who has seen the one
/// waits for the other, so that no two reads contradict each other.
final class CommitGate: Sendable {
    private let closed = Mutex<Void>(())

    /// The writer's: commits, and shows it.
    func pass(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try closed.withLock { _ throws(SQLiteError) in try body() }
    }

    /// A reader's, who saw a revision that `cache` does not show yet.
    func wait(for revision: UInt64, in cache: EntryCache) {
        if cache.visibleRevision < revision { closed.withLock { _ in } }
    }
}
