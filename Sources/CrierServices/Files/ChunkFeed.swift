import CrierCore
import CrierGRPC
import NIOCore

/// A chunk that can be sent without waiting.
struct ReadyChunk: Sendable {
    var chunk: PreparedChunk
    /// The zstd frame; nil: the bytes go as they are, straight from the file.
    var compressed: ByteBuffer?

    /// Bytes of content on the wire.
    var byteCount: Int { compressed?.readableBytes ?? chunk.count }
    var end: Int64 { chunk.offset + Int64(chunk.count) }
}

/// Brings a download's next chunks into memory, proven, before the sender needs them. The jobs block and run on
/// threads; what they need travels with them by value.
struct ChunkFeed: Sendable {
    let file: any StoredFile
    let readable: MessageFile
    /// End of what is wanted.
    let end: Int64
    let chunkBytes: Int
    /// Nil: the client takes chunks as they are only.
    let compressors: Compressors?

    /// A part of the file to bring in.
    struct Job: Sendable, Equatable {
        let range: Range<Int64>
        let triesCompressing: Bool
    }

    /// The job that begins at `start` and ends at the end, or on a border of jobs, so that pages are read once: a
    /// window of the file, or one chunk when it may be compressed.
    func job(from start: Int64, triesCompressing: Bool) -> Job {
        let tries = triesCompressing && compressors != nil
        let bytes = tries ? Int64(chunkBytes) : FileServiceLimits.windowBytes
        return Job(range: start..<min((start / bytes + 1) * bytes, end), triesCompressing: tries)
    }

    /// Whether a job is due when so many bytes wait to be sent: one window ahead, or one compressed chunk.
    func isHungry(_ waitingBytes: Int64) -> Bool {
        compressors == nil ? waitingBytes < FileServiceLimits.windowBytes : waitingBytes < Int64(chunkBytes)
    }

    /// The chunks of a job that needs no thread, because another download has just brought the same bytes in; else nil.
    func loadAtOnce(_ job: Job) -> [ReadyChunk]? {
        guard !job.triesCompressing else { return nil }
        return file.preparedAtOnce(job.range, chunkBytes: chunkBytes)?.map { ReadyChunk(chunk: $0) }
    }

    /// The chunks of a job. BLOCKS.
    func load(_ job: Job) throws(FileStoreError) -> [ReadyChunk] {
        let chunks = try file.prepare(job.range, chunkBytes: chunkBytes)
        guard let compressors, job.triesCompressing else { return chunks.map { ReadyChunk(chunk: $0) } }
        var ready: [ReadyChunk] = []
        for chunk in chunks {
            ready.append(ReadyChunk(chunk: chunk, compressed: compressors.compress(try file.read(chunk))))
        }
        return ready
    }
}
