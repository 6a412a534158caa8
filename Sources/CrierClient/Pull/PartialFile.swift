import Crypto
import Synchronization

/// A file on its way in: the bytes so far, their running digest, and the state file that follows behind.
///
/// Order of writing: data, `fdatasync`, state. Used by one pull, one call after the other; the mutex says so to the
/// compiler and is never contended.
final class PartialFile: Sendable {
    private struct Progress {
        var record: PullRecord
        /// Everything before this byte is proven or came with a right checksum.
        var position: Int64 = 0
        var hasher = SHA256()
    }

    private let directory: PullDirectory
    private let file: DiskFile
    private let progress: Mutex<Progress>
    /// Of the whole file, in bytes.
    let size: Int64

    init(directory: PullDirectory, file: DiskFile, record: PullRecord) {
        self.directory = directory
        self.file = file
        size = record.order.size
        progress = Mutex(Progress(record: record))
    }

    /// The first byte that is still to come.
    var position: Int64 { progress.withLock { $0.position } }

    var order: PullOrder { progress.withLock { $0.record.order } }

    /// How many bytes the part has, proven or not.
    func bytesOnDisk() throws(CrierClientError) -> Int64 { try file.status().size }

    /// Hashes what is there and goes on behind what proves right; what lies beyond is cut off.
    func prove(against table: BlockTable?) throws(CrierClientError) {
        try locked { progress throws(CrierClientError) in
            let result =
                if let table {
                    try BlockProof.prove(file, fileSize: size, against: table)
                } else {
                    try BlockProof.believe(file, durable: progress.record.durable)
                }
            progress.position = result.firstMissing
            progress.hasher = result.hasher
            if result.firstMissing < progress.record.durable {
                // Said before it is done: the state may lag the data, never lead it.
                progress.record.durable = result.firstMissing
                try directory.save(progress.record)
            }
            try file.truncate(to: result.firstMissing)
        }
    }

    /// Takes the bytes at `position`; every 16 MiB they are made durable and the state file follows.
    func append(_ bytes: UnsafeRawBufferPointer) throws(CrierClientError) {
        try locked { progress throws(CrierClientError) in
            try file.write(bytes, at: progress.position)
            progress.hasher.update(bufferPointer: bytes)
            progress.position += Int64(bytes.count)
            if progress.position - progress.record.durable >= Limits.syncIntervalBytes {
                try makeDurable(&progress)
            }
        }
    }

    /// Takes what is still to come from a file that has it.
    func append(restOf other: DiskFile) throws(CrierClientError) {
        let available = min(size, try other.status().size)
        var failure: CrierClientError?
        try HashBuffer()
            .feed(other, min(position, available)..<available) { bytes in
                guard failure == nil else { return }
                do throws(CrierClientError) {
                    try append(bytes)
                } catch {
                    failure = error
                }
            }
        if let failure { throw failure }
    }

    /// Begins again from nothing.
    func reset() throws(CrierClientError) {
        try locked { progress throws(CrierClientError) in
            progress.record.durable = 0
            try directory.save(progress.record)
            progress.position = 0
            progress.hasher = SHA256()
            try file.truncate(to: 0)
        }
    }

    /// Makes everything so far survive a power cut, and says so in the state file.
    func flush() throws(CrierClientError) {
        try locked { progress throws(CrierClientError) in
            if progress.position > progress.record.durable { try makeDurable(&progress) }
        }
    }

    /// Changes what the state file says of the wishes around this pull.
    func update(_ change: (inout PullRecord) -> Void) throws(CrierClientError) {
        try locked { progress throws(CrierClientError) in
            let before = progress.record
            change(&progress.record)
            if progress.record != before { try directory.save(progress.record) }
        }
    }

    /// True when every byte is there and the digest of the whole is the notice's.
    var isRight: Bool {
        progress.withLock { progress in
            progress.position == size && ContentDigest(progress.hasher.finalize()) == progress.record.order.digest
        }
    }

    /// Everything on the disk, with the rights of a finished file, ready to get its name.
    func seal(mode: UInt32) throws(CrierClientError) {
        try file.setMode(mode)
        try file.sync()
    }

    private func makeDurable(_ progress: inout Progress) throws(CrierClientError) {
        try file.syncData()
        progress.record.durable = progress.position
        try directory.save(progress.record)
    }

    private func locked(
        _ body: (inout Progress) throws(CrierClientError) -> Void
    ) throws(CrierClientError) {
        try progress.withLock { progress throws(CrierClientError) in try body(&progress) }
    }
}
