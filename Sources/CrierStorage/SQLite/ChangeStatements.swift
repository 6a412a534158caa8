import CSQLite
import CrierCore

/// Stores changes: the entry as it is now, and the change in the log.
struct ChangeStatements: ~Copyable {
    /// What storing a change did.
    struct Stored {
        /// Where the entry is in its table; nil: not there, or not known.
        let row: Int64?
        /// Bytes that the log grew by.
        let logBytes: Int
    }

    /// The parts of a change as lent bytes.
    private struct Parts {
        let namespace: UnsafeRawBufferPointer
        let key: UnsafeRawBufferPointer
        let entry: UnsafeRawBufferPointer?
        let previous: UnsafeRawBufferPointer?
    }

    private let updateRow: SQLiteStatement
    private let putEntry: SQLiteStatement
    private let removeEntry: SQLiteStatement
    private let appendChange: SQLiteStatement
    private let appendCopying: SQLiteStatement
    private let copiedBytes: SQLiteStatement
    private let coder = EntryCoder()
    private let scratch = Scratch()

    /// Where a change's bytes are put together, used again and again.
    private final class Scratch {
        var bytes: [UInt8] = []
    }

    init(_ connection: borrowing SQLiteConnection) throws(SQLiteError) {
        // All or none: a noncopyable value cannot be left half made when a statement fails.
        // The key too: if the row were another key's, nothing must change.
        let updateRow = try connection.prepare(
            "UPDATE entry SET entry = ?3 WHERE rowid = ?4 AND key = ?2 AND namespace = ?1")
        let putEntry = try connection.prepare(
            """
            INSERT INTO entry(namespace, key, entry) VALUES(?1, ?2, ?3)
            ON CONFLICT(namespace, key) DO UPDATE SET entry = excluded.entry
            """
        )
        let removeEntry = try connection.prepare("DELETE FROM entry WHERE namespace = ?1 AND key = ?2")
        let appendChange = try connection.prepare(
            "INSERT INTO change(place, namespace, key, entry, previous, kind) VALUES(?5, ?1, ?2, ?3, ?4, ?6)"
        )
        let appendCopying = try connection.prepare(
            """
            INSERT INTO change(place, namespace, key, entry, previous, kind)
            SELECT ?5, ?1, ?2, ?3, entry, ?6 FROM entry WHERE namespace = ?1 AND key = ?2
            """
        )
        let copiedBytes = try connection.prepare("SELECT LENGTH(previous) FROM change WHERE place = ?1")
        self.updateRow = updateRow
        self.putEntry = putEntry
        self.removeEntry = removeEntry
        self.appendChange = appendChange
        self.appendCopying = appendCopying
        self.copiedBytes = copiedBytes
    }

    /// - Parameters:
    ///   - ordinal: of the change in its revision.
    ///   - row: where the entry is in its table, if that is known.
    func store(_ change: StoreChange, ordinal: Int, row: Int64?) throws(SQLiteError) -> Stored {
        // A large value is compressed: what is in the table is copied rather than compressed anew.
        let isCopied = (change.previous?.value.byteCount ?? 0) >= SQLiteLimits.compressedValueBytes
        scratch.bytes.removeAll(keepingCapacity: true)
        scratch.bytes.append(contentsOf: change.key.namespace.name.utf8)
        let namespaceEnd = scratch.bytes.count
        scratch.bytes.append(contentsOf: change.key.key.utf8)
        let keyEnd = scratch.bytes.count
        if let entry = change.entry { coder.append(entry, to: &scratch.bytes) }
        let entryEnd = scratch.bytes.count
        if let previous = change.previous, !isCopied { coder.append(previous, to: &scratch.bytes) }
        let place = ChangePlace.first(of: change.revision) | UInt64(ordinal)
        let result = scratch.bytes.withUnsafeBytes { bytes -> Result<Int64?, SQLiteError> in
            func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
            let parts = Parts(
                namespace: part(0..<namespaceEnd),
                key: part(namespaceEnd..<keyEnd),
                entry: change.entry == nil ? nil : part(keyEnd..<entryEnd),
                previous: change.previous == nil || isCopied ? nil : part(entryEnd..<bytes.count)
            )
            do throws(SQLiteError) {
                try append(parts, place, kind: change.kind, isCopied: isCopied)
                return .success(try put(parts, row: row, isNew: change.previous == nil))
            } catch {
                return .failure(error)
            }
        }
        let stored = try result.get()
        let copied = isCopied ? try copiedBytes.first(.number(place)) { Int($0.integer(0)) } ?? 0 : 0
        return Stored(row: stored, logBytes: scratch.bytes.count - keyEnd + copied)
    }

    private func append(
        _ parts: Parts,
        _ place: UInt64,
        kind: StoreChange.Kind,
        isCopied: Bool
    ) throws(SQLiteError) {
        func bind(_ binder: SQLiteBinder) {
            binder.text(parts.namespace, 1)
            binder.blob(parts.key, 2)
            if let entry = parts.entry { binder.blob(entry, 3) } else { binder.null(3) }
            if let previous = parts.previous { binder.blob(previous, 4) } else { binder.null(4) }
            binder.number(place, 5)
            if kind == .expire { binder.integer(ChangeKind.expired, 6) } else { binder.null(6) }
        }
        if isCopied { try appendCopying.run(lending: bind) } else { try appendChange.run(lending: bind) }
    }

    private func put(_ parts: Parts, row: Int64?, isNew: Bool) throws(SQLiteError) -> Int64? {
        guard let entry = parts.entry else {
            try removeEntry.run { binder in
                binder.text(parts.namespace, 1)
                binder.blob(parts.key, 2)
            }
            return nil
        }
        func bind(_ binder: SQLiteBinder) {
            binder.text(parts.namespace, 1)
            binder.blob(parts.key, 2)
            binder.blob(entry, 3)
        }
        if let row, !isNew {
            try updateRow.run { binder in
                bind(binder)
                binder.integer(row, 4)
            }
            if updateRow.changedRows == 1 { return row }
        }
        try putEntry.run(lending: bind)
        return isNew ? putEntry.lastInsertedRow : nil
    }
}
