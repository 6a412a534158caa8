import CrierCore
import Glibc
import NIOCore

/// The bytes that came of an unfinished upload, digested as they came. Used under its upload's lock only.
final class PartFile {
    private let file: Descriptor
    private var ingest: Ingest
    /// Where the next byte belongs.
    private(set) var position: Int64
    private var committedPosition: Int64
    private var committedAt: NIODeadline

    private init(_ file: consuming Descriptor, _ ingest: consuming Ingest, position: Int64, now: NIODeadline) {
        self.file = file
        self.ingest = ingest
        self.position = position
        committedPosition = position
        committedAt = now
    }

    /// A new, empty part; what was there under this path is gone.
    static func create(_ path: String, fileSize: Int64, now: NIODeadline) throws(DiskFault) -> PartFile {
        let file = try Descriptor(path, O_RDWR | O_CREAT | O_TRUNC)
        return PartFile(file, Ingest(fileSize: fileSize), position: 0, now: now)
    }

    /// A part of which `committed` bytes are known to be on the disk: cuts off what came after, and digests what stays.
    /// Nil when the file is not there or shorter.
    static func resume(
        _ path: String, committed: Int64, fileSize: Int64, now: NIODeadline
    ) throws(DiskFault) -> PartFile? {
        guard let found = FileSystem.size(of: path), found >= committed else { return nil }
        let file = try Descriptor(path, O_RDWR)
        try file.truncate(to: committed)
        var ingest = Ingest(fileSize: fileSize)
        guard try ingest.update(file, count: committed) else { return nil }
        return PartFile(file, ingest, position: committed, now: now)
    }

    /// Writes at the position. After a failure the position is where it was.
    func append(_ bytes: ByteBuffer) throws(DiskFault) {
        let written: Result<Void, DiskFault> = bytes.withUnsafeReadableBytes { bytes in
            Result { () throws(DiskFault) in
                try file.write(bytes, at: position)
                ingest.update(bytes)
            }
        }
        try written.get()
        position += Int64(bytes.readableBytes)
    }

    /// Whether so much, or so long ago, was written that it should be committed.
    func isCommitDue(now: NIODeadline) -> Bool {
        position - committedPosition >= FileStoreLimits.commitBytes
            || (position > committedPosition && now - committedAt >= FileStoreLimits.commitInterval)
    }

    /// Returns how many bytes are on the disk now.
    func commit(now: NIODeadline) throws(DiskFault) -> Int64 {
        if committedPosition < position { try file.synchronise() }
        committedPosition = position
        committedAt = now
        return position
    }

    /// The digest and tables of what was written; the part goes on.
    func digests() -> (digest: ContentDigest, blockDigests: [UInt8], pageChecksums: [UInt32]) {
        ingest.finish()
    }
}
