import CrierCore

/// Changes that stand together in one row of the log: those of a commit, unless they are many.
///
/// ```
/// varint   the first change's revision
/// then     changes, one after the other:
///          varint   its revision - the first one's
///          byte     bits 0…1: 0 put, 1 delete, 2 expire; bit 4: there was an entry before
///          byte, namespace; varint, key: lengths and bytes
///          put:     4 bytes, little-endian: length, then the entry as `EntryCoder` has it
///          bit 4:   the same with the entry before
/// ```
struct LogRow {
    private(set) var bytes: [UInt8] = []
    /// Of the last change.
    private(set) var place: UInt64 = 0
    private var firstRevision: UInt64 = 0

    var isEmpty: Bool { bytes.isEmpty }

    mutating func removeAll() {
        // A large one is let go of: the next is likely to be small again.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 2 * SQLiteLimits.logRowBytes)
    }

    /// - Parameter ordinal: of the change in its revision.
    mutating func append(_ change: StoreChange, ordinal: Int, _ coder: EntryCoder) {
        begin(change.revision, ordinal: ordinal, LogRecord.Kind(change.kind), change.key, change.previous != nil)
        if let entry = change.entry { append(entry, coder) }
        if let previous = change.previous { append(previous, coder) }
    }

    /// A change whose entries are encoded already.
    mutating func append(
        _ kind: LogRecord.Kind,
        _ key: StoreKey,
        revision: UInt64,
        ordinal: Int,
        entry: UnsafeRawBufferPointer?,
        previous: UnsafeRawBufferPointer?
    ) {
        begin(revision, ordinal: ordinal, kind, key, previous != nil)
        for part in [entry, previous] {
            guard let part else { continue }
            let start = beginPart()
            bytes.append(contentsOf: part)
            endPart(start)
        }
    }

    private mutating func begin(
        _ revision: UInt64,
        ordinal: Int,
        _ kind: LogRecord.Kind,
        _ key: StoreKey,
        _ hasPrevious: Bool
    ) {
        if bytes.isEmpty {
            firstRevision = revision
            Varint.append(revision, to: &bytes)
        }
        place = ChangePlace.first(of: revision) | UInt64(ordinal)
        Varint.append(revision - firstRevision, to: &bytes)
        bytes.append(kind.rawValue | (hasPrevious ? LogRecord.previousFlag : 0))
        bytes.append(UInt8(truncatingIfNeeded: key.namespace.name.utf8.count))
        bytes.append(contentsOf: key.namespace.name.utf8)
        Varint.append(UInt64(key.key.utf8.count), to: &bytes)
        bytes.append(contentsOf: key.key.utf8)
    }

    private mutating func append(_ entry: StoreEntry, _ coder: EntryCoder) {
        let start = beginPart()
        coder.append(entry, to: &bytes)
        endPart(start)
    }

    /// Leaves room for the length.
    private mutating func beginPart() -> Int {
        bytes.append(contentsOf: repeatElement(0, count: LogRecord.lengthBytes))
        return bytes.count
    }

    private mutating func endPart(_ start: Int) {
        let count = UInt32(truncatingIfNeeded: bytes.count - start)
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(
                of: count.littleEndian, toByteOffset: start - LogRecord.lengthBytes, as: UInt32.self)
        }
    }
}
