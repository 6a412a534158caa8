import CrierCore
import CrierGRPC
import Synchronization

/// One descriptor for all downloads of the same open file, closed with the last of them.
final class SharedFiles: Sendable {
    private struct Entry {
        /// Whose descriptor it is: a content that was healed is another file with the same digest.
        weak var owner: (any StoredFile)?
        weak var readable: MessageFile?
    }

    private let entries = Mutex<[ContentDigest: Entry]>([:])

    /// The descriptor of an open content. BLOCKS for a dup(2) at most.
    func readable(_ file: any StoredFile) throws(FileStoreError) -> MessageFile {
        let digest = file.digest
        if let entry = entries.withLock({ $0[digest] }), entry.owner === file, let readable = entry.readable {
            return readable
        }
        let opened = MessageFile(owning: try file.duplicateDescriptor())
        return entries.withLock { entries in
            if let entry = entries[digest], entry.owner === file, let other = entry.readable { return other }
            entries[digest] = Entry(owner: file, readable: opened)
            if entries.count.isMultiple(of: 256) { entries = entries.filter { $0.value.readable != nil } }
            return opened
        }
    }
}
