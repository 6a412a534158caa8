import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore
import NIOPosix
import Synchronization

/// One `DownloadFile`, on its connection's loop.
///
///     asked ──request──▶ opening ──file, first chunks──▶ streaming ──last chunk──▶ done
///
/// The loop only sends what a thread has brought into memory and proven; a thread works at most one window ahead.
/// Chunks that wait are places in the file and not bytes, unless they are compressed: then there are at most two.
final class DownloadCall: ServerCallHandler {
    private enum State {
        case asked
        case opening(FileOrder)
        case streaming(DownloadStream)
        case done
    }

    private let call: ServerCall
    private let context: FileService.Context
    private var state = State.asked
    private var isCounted = false

    init(_ call: ServerCall, _ context: FileService.Context) {
        self.call = call
        self.context = context
        call.yieldToOthers()
    }

    // MARK: The request

    func received(_ message: UnsafeRawBufferPointer) {
        guard case .asked = state else {
            return end(GRPCStatus(.invalidArgument, "DownloadFile takes one request; a second one came"))
        }
        do throws(GRPCStatus) {
            try start(try Self.parse(message))
        } catch {
            end(error)
        }
    }

    func receivedEnd() {
        if case .asked = state { end(GRPCStatus(.invalidArgument, "DownloadFile takes one request; none came")) }
    }

    private static func parse(_ message: UnsafeRawBufferPointer) throws(GRPCStatus) -> FileRequest {
        do throws(WireError) {
            return try FileRequest(unpacking: message)
        } catch {
            throw GRPCStatus(error)
        }
    }

    private func start(_ request: FileRequest) throws(GRPCStatus) {
        let order: FileOrder
        do throws(FileStoreError) {
            order = try FileOrder(request, in: context.store.catalogue)
        } catch {
            throw GRPCStatus(error)
        }
        try count()
        state = .opening(order)
        open(order, request)
    }

    private func count() throws(GRPCStatus) {
        let limit = FileServiceLimits.downloads
        guard context.downloads.add(1, ordering: .relaxed).newValue <= limit else {
            context.downloads.subtract(1, ordering: .relaxed)
            throw GRPCStatus(.resourceExhausted, "\(limit) downloads are under way, which is the limit of this node")
        }
        isCounted = true
        context.metrics.downloadStarted()
    }

    /// Opens the file and prepares the first chunks in one go, if they are here.
    private func open(_ order: FileOrder, _ request: FileRequest) {
        let rate = Self.smallest(request.maxBytesPerSecond, context.bytesPerSecond.load(ordering: .relaxed))
        let chunkBytes = Self.chunkBytes(asked: request.maxChunkBytes, rate: rate)
        let compressors = request.accept.contains(.zstd) ? context.compressors : nil
        let (store, files) = (context.store, context.files)
        context.threads
            .runIfActive(eventLoop: call.eventLoop) {
                let file = try store.open(order.file.digest)
                let feed = ChunkFeed(
                    file: file, readable: try files.readable(file), end: order.range.upperBound, chunkBytes: chunkBytes,
                    compressors: compressors
                )
                let job = feed.job(from: order.range.lowerBound, triesCompressing: true)
                // Who waits for bytes on their way from another node asks again on the loop.
                return (feed, try file.isHere(job.range, orElse: {}) ? feed.load(job) : [])
            }
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let (feed, chunks)):
                    self.opened(order, feed, chunks, requestedRate: request.maxBytesPerSecond)
                case .failure(let error): self.end(Self.status(of: error))
                }
            }
    }

    /// The smaller limit of two, where 0 is none.
    private static func smallest(_ one: Int64, _ other: Int64) -> Int64 {
        one == 0 || other == 0 ? max(one, other) : min(one, other)
    }

    /// A power of two within bounds, so that chunks and pages share borders; small enough for a limited download to
    /// move several times a second.
    private static func chunkBytes(asked: Int32, rate: Int64) -> Int {
        let bounds = FileServiceLimits.chunkBytes
        let wanted = asked == 0 ? FileServiceLimits.defaultChunkBytes : Int(asked)
        let steady = rate == 0 ? bounds.upperBound : Int(clamping: rate / FileServiceLimits.chunksPerSecond)
        let most = min(max(min(wanted, steady), bounds.lowerBound), bounds.upperBound)
        return 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount)
    }

    private static func status(of error: any Error) -> GRPCStatus {
        (error as? FileStoreError).map { GRPCStatus($0) } ?? GRPCStatus(.unavailable, "the gateway is stopping")
    }

    // MARK: Streaming

    private func opened(_ order: FileOrder, _ feed: ChunkFeed, _ chunks: [ReadyChunk], requestedRate: Int64) {
        guard case .opening = state, call.isOpen else { return }
        if order.range.isEmpty { return sendNothing(of: order) }
        let stream = DownloadStream(order, feed, requestedRate: requestedRate, now: call.eventLoop.now)
        state = .streaming(stream)
        stream.add(chunks, wereTried: true)
        pump(stream)
    }

    func writable() {
        if case .streaming(let stream) = state { pump(stream) }
    }

    /// Sends what the stream, the rate and the disk allow, and has more brought in.
    private func pump(_ stream: DownloadStream) {
        stream.limit(to: Self.smallest(stream.requestedRate, context.bytesPerSecond.load(ordering: .relaxed)))
        repeat {
            while call.isOpen, call.isWritable, let next = stream.next {
                if let pause = stream.pause(before: next, now: call.eventLoop.now) { return wait(pause, stream) }
                call.send(stream.message(for: next))
                stream.sent(next)
                if stream.isWhole { return end(.ok) }
            }
        } while load(stream)
    }

    /// The answer to a request for the end of the file: one empty last chunk.
    private func sendNothing(of order: FileOrder) {
        call.send(FileChunk(isLast: true, offset: order.range.lowerBound, crc32c: 0, info: FileInfo(order.file)))
        end(.ok)
    }

    private func wait(_ pause: TimeAmount, _ stream: DownloadStream) {
        guard stream.timer == nil else { return }
        stream.timer = call.eventLoop.assumeIsolated()
            .scheduleTask(in: pause) {
                stream.timer = nil
                self.pump(stream)
            }
    }

    /// True when chunks came at once.
    private func load(_ stream: DownloadStream) -> Bool {
        guard call.isOpen, let job = stream.beginLoading() else { return false }
        if let chunks = stream.feed.loadAtOnce(job) {
            stream.add(chunks, wereTried: false)
            return true
        }
        let (eventLoop, bound) = (call.eventLoop, NIOLoopBound(self, eventLoop: call.eventLoop))
        let isHere = stream.feed.file.isHere(job.range) {
            eventLoop.execute { bound.value.arrived() }
        }
        if isHere { load(job, stream) }
        return false
    }

    /// More of a file that comes from another node.
    private func arrived() {
        guard case .streaming(let stream) = state else { return }
        stream.jobCanRun()
        if load(stream) { pump(stream) }
    }

    private func load(_ job: ChunkFeed.Job, _ stream: DownloadStream) {
        let feed = stream.feed
        context.threads.runIfActive(eventLoop: call.eventLoop) { try feed.load(job) }
            .assumeIsolated()
            .whenComplete { result in
                guard case .streaming = self.state else { return }
                switch result {
                case .success(let chunks):
                    stream.add(chunks, wereTried: job.triesCompressing)
                    self.pump(stream)
                case .failure(let error):
                    self.end(Self.status(of: error))
                }
            }
    }

    // MARK: The end

    private func end(_ status: GRPCStatus) {
        release(isWhole: status.code == .ok)
        call.finish(status)
    }

    func closed(_ end: CallEnd) { release(isWhole: false) }

    private func release(isWhole: Bool) {
        var sentBytes: Int64 = 0
        if case .streaming(let stream) = state {
            stream.timer?.cancel()
            sentBytes = stream.sentBytes
        }
        state = .done
        guard isCounted else { return }
        isCounted = false
        context.downloads.subtract(1, ordering: .relaxed)
        context.metrics.downloadEnded(bytes: sentBytes, isWhole: isWhole)
    }
}
