import CrierCore

/// Entries as the first layout of the database has them: they stay so until they are written again.
enum LayoutOneEntry {
    private static let headBytes = 34

    /// nil: the bytes are no such entry.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ key: StoreKey) -> StoreEntry? {
        guard bytes.count >= headBytes,
            let value = StoreValue(typeCode: bytes[1], UnsafeRawBufferPointer(rebasing: bytes[headBytes...]))
        else { return nil }
        func number(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return StoreEntry(
            key: key,
            value: value,
            createRevision: number(2),
            revision: number(10),
            version: number(18),
            updatedAt: Int64(bitPattern: number(26))
        )
    }
}
