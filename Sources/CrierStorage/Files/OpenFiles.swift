import CrierCore
import Synchronization

/// The contents that somebody reads now, so that all readers of one share its descriptor and table.
final class OpenFiles: Sendable {
    private struct Entry {
        weak var file: DiskFile?
    }

    private let entries = Mutex<[ContentDigest: Entry]>([:])

    subscript(digest: ContentDigest) -> DiskFile? { entries.withLock { $0[digest]?.file } }

    /// The file that another reader opened meanwhile, or else this one.
    func add(_ file: DiskFile) -> DiskFile {
        entries.withLock { entries in
            if let other = entries[file.digest]?.file { return other }
            entries[file.digest] = Entry(file: file)
            // What nobody reads any more leaves an empty entry behind.
            if entries.count.isMultiple(of: 256) { entries = entries.filter { $0.value.file != nil } }
            return file
        }
    }

    /// Who opens the content from now on meets what is on the disk.
    func forget(_ digest: ContentDigest) { entries.withLock { $0[digest] = nil } }
}
