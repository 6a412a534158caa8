import Synchronization

extension Pull {
    /// Pulls from the part's position to the end of the file. Returns when every byte is in the part.
    func download(_ partial: PartialFile) async throws(CrierClientError) {
        try await checkRoom(for: partial)
        let request = request(at: partial.position)
        let watch = StallWatch(limit: stallLimit(request), clock: environment.clock)
        let result = await withTaskGroup(of: Result<Void, CrierClientError>?.self) { group in
            group.addTask {
                await capture { () async throws(CrierClientError) in try await self.receive(request, partial, watch) }
            }
            group.addTask { await capture { () async throws(CrierClientError) in try await self.guardAgainst(watch) } }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        try result?.get()
    }

    private func receive(
        _ request: ChunkRequest,
        _ partial: PartialFile,
        _ watch: StallWatch
    ) async throws(CrierClientError) {
        let stream = try await watch.watching { () async throws(CrierClientError) in
            try await environment.source.open(request)
        }
        defer { stream.cancel() }
        var check = ChunkCheck(request, size: partial.size)
        var sawLast = false
        report(.downloading, partial.position)
        while !sawLast {
            let chunk = try await watch.watching { () async throws(CrierClientError) in try await stream.next() }
            guard let chunk else { break }
            sawLast = chunk.isLast
            check = try await write(chunk, to: partial, check)
            report(.downloading, partial.position)
            try await slowDown(chunk.content.count)
        }
        try check.finish(sawLast: sawLast)
        // The status behind the last chunk: nothing in it can make right bytes wrong, but it lets the stream end well.
        _ = try? await watch.watching { () async throws(CrierClientError) in try await stream.next() }
    }

    /// Checksums, digest and disk are work for a thread that may block.
    private func write(
        _ chunk: Chunk,
        to partial: PartialFile,
        _ check: ChunkCheck
    ) async throws(CrierClientError) -> ChunkCheck {
        try await environment.disk.run { () throws(CrierClientError) -> ChunkCheck in
            var check = check
            let new = try check.accept(chunk)
            try chunk.content.span.bytes.withUnsafeBytes { bytes throws(CrierClientError) in
                try partial.append(UnsafeRawBufferPointer(rebasing: bytes[new]))
            }
            return check
        }
    }

    private func slowDown(_ count: Int) async throws(CrierClientError) {
        do {
            try await limiter.take(count)
            try await environment.limiter.take(count)
        } catch {
            throw CrierClientError(.cancelled, "cancelled under the rate limit", cause: error)
        }
    }

    /// Asked before the first byte, so that a hopeless download does not fill what others need.
    private func checkRoom(for partial: PartialFile) async throws(CrierClientError) {
        let directory = environment.directory
        let free = try await environment.disk.run { () throws(CrierClientError) in try directory.freeBytes() }
        let needed = partial.size - partial.position
        guard free >= needed else {
            throw CrierClientError(.noSpace, "\(needed) bytes are needed in \(directory.path), \(free) are free")
        }
    }

    private func request(at offset: Int64) -> ChunkRequest {
        let rates = [limiter.bytesPerSecond, environment.limiter.bytesPerSecond].filter { $0 > 0 }
        let rate = rates.min() ?? 0
        return ChunkRequest(
            fileID: record.order.fileID,
            offset: offset,
            digest: record.order.digest,
            // At most a quarter of a second in one chunk: small rates flow instead of coming in gulps.
            maxChunkBytes: rate == 0 || rate / 4 >= Limits.burstBytes ? 0 : max(Limits.chunkBytes.lowerBound, rate / 4),
            maxBytesPerSecond: rate,
            messageID: record.order.messageID,
            rolloutID: record.order.rolloutID
        )
    }

    private func stallLimit(_ request: ChunkRequest) -> Duration {
        guard request.maxBytesPerSecond > 0 else { return Limits.stallTimeout }
        let chunk = request.maxChunkBytes > 0 ? request.maxChunkBytes : Limits.burstBytes
        return Limits.stallTimeout + .seconds(2 * Double(chunk) / Double(request.maxBytesPerSecond))
    }

    /// Returns by throwing: when the source has been silent for too long, or when the deadline has come.
    private func guardAgainst(_ watch: StallWatch) async throws(CrierClientError) {
        while true {
            let untilDeadline = record.order.deadline.map {
                Duration.milliseconds(max(0, $0.subtractingSaturating(now)))
            }
            try await sleep(max(.milliseconds(1), min(watch.remaining, untilDeadline ?? watch.remaining)))
            if let deadline = record.order.deadline, now >= deadline {
                throw CrierClientError(.deadlineExceeded, "the notice's deadline has passed")
            }
            if watch.remaining <= .zero {
                throw CrierClientError(.truncated, "no byte for \(watch.limit)")
            }
        }
    }
}

/// Measures how long one side has been waiting for the other; our own pauses do not count.
final class StallWatch: Sendable {
    let limit: Duration
    private let clock: any ClientClock
    private let waitingSince = Mutex<Duration?>(nil)

    init(limit: Duration, clock: any ClientClock) {
        self.limit = limit
        self.clock = clock
    }

    /// How long the wait that is on may last; the whole limit when nobody waits.
    var remaining: Duration {
        guard let since = waitingSince.withLock({ $0 }) else { return limit }
        return limit - (clock.now - since)
    }

    func watching<Value>(
        _ wait: () async throws(CrierClientError) -> Value
    ) async throws(CrierClientError) -> Value {
        let now = clock.now
        waitingSince.withLock { $0 = now }
        defer { waitingSince.withLock { $0 = nil } }
        return try await wait()
    }
}

/// A child task of a group cannot throw a typed error: it returns one.
private func capture(
    _ body: () async throws(CrierClientError) -> Void
) async -> Result<Void, CrierClientError> {
    do throws(CrierClientError) {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}
