import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// A download under way: what waits to be sent, what is being brought in, how fast it may go. Belongs to its call's
/// loop.
final class DownloadStream {
    let feed: ChunkFeed
    /// What the request allows, in bytes per second; 0: no limit.
    let requestedRate: Int64
    /// Set while the rate holds the download back.
    var timer: Scheduled<Void>?

    private let order: FileOrder
    private var bucket: TokenBucket
    private var ready = CircularBuffer<ReadyChunk>()
    private var readyBytes: Int64 = 0
    private var isLoading = false
    /// Where the next job begins.
    private var loadedEnd: Int64
    private var sentEnd: Int64
    private var sequence: Int32 = 0
    /// Chunks to go before compressing is tried again.
    private var chunksToRest = 0

    init(_ order: FileOrder, _ feed: ChunkFeed, requestedRate: Int64, now: NIODeadline) {
        self.order = order
        self.feed = feed
        self.requestedRate = requestedRate
        bucket = TokenBucket(bytesPerSecond: requestedRate, now: now)
        loadedEnd = order.range.lowerBound
        sentEnd = order.range.lowerBound
    }

    /// The last chunk was sent.
    var isWhole: Bool { sentEnd == order.range.upperBound }

    /// Bytes of the file that were sent.
    var sentBytes: Int64 { sentEnd - order.range.lowerBound }

    // MARK: Sending

    /// The next chunk that can be sent.
    var next: ReadyChunk? { ready.first }

    /// Holds the download to a rate from now on, in bytes per second; 0: none.
    func limit(to rate: Int64) { bucket.bytesPerSecond = rate }

    /// Nil when the rate allows the chunk now; it then counts as sent.
    func pause(before chunk: ReadyChunk, now: NIODeadline) -> TimeAmount? { bucket.take(chunk.byteCount, now: now) }

    func sent(_ chunk: ReadyChunk) {
        ready.removeFirst()
        readyBytes -= Int64(chunk.chunk.count)
        sequence &+= 1
        sentEnd = chunk.end
    }

    /// The message of a chunk: its content comes straight from the file unless it is compressed.
    func message(for next: ReadyChunk) -> FramedMessage {
        let head = FileChunk(
            sequence: sequence,
            isLast: next.end == order.range.upperBound,
            offset: next.chunk.offset,
            crc32c: next.chunk.crc32c,
            compression: next.compressed == nil ? .identity : .zstd,
            rawSize: next.compressed == nil ? 0 : Int32(next.chunk.count),
            info: sequence == 0 ? FileInfo(order.file) : nil
        )
        guard let compressed = next.compressed else {
            let chunk = next.chunk
            return head.packHead(contentSize: chunk.count) { size, write in
                FramedMessage(
                    headSize: size, file: feed.readable, offset: chunk.offset, count: chunk.count, write: write
                )
            }
        }
        return head.packHead(contentSize: compressed.readableBytes) { size, write in
            FramedMessage(payloadSize: size + compressed.readableBytes) { target in
                write(target)
                compressed.withUnsafeReadableBytes { frame in
                    UnsafeMutableRawBufferPointer(start: target + size, count: frame.count).copyMemory(from: frame)
                }
            }
        }
    }

    // MARK: Loading

    /// The next job, when one is due and none runs.
    func beginLoading() -> ChunkFeed.Job? {
        guard !isLoading, loadedEnd < order.range.upperBound, feed.isHungry(readyBytes) else { return nil }
        isLoading = true
        return feed.job(from: loadedEnd, triesCompressing: chunksToRest == 0)
    }

    /// The job that waited for bytes may begin anew.
    func jobCanRun() { isLoading = false }

    /// What a job brought. After chunks that did not shrink, the next ones go as they are for a while.
    func add(_ chunks: [ReadyChunk], wereTried: Bool) {
        isLoading = false
        for chunk in chunks {
            ready.append(chunk)
            readyBytes += Int64(chunk.chunk.count)
            loadedEnd = chunk.end
        }
        if wereTried {
            let shrank = chunks.contains { $0.compressed != nil }
            chunksToRest = shrank ? 0 : FileServiceLimits.chunksBetweenTrials
        } else {
            chunksToRest = max(chunksToRest - chunks.count, 0)
        }
    }
}
