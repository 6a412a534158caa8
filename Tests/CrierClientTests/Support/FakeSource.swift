import Crypto
import Synchronization

@testable import CrierClient

/// A gateway that does as it is told, one script for each time it is asked.
final class FakeSource: ChunkSource {
    enum Script: Sendable {
        /// Everything from the offset on, as it should be.
        case whole
        /// Breaks with this error after so many bytes.
        case breaks(after: Int, CrierClientError)
        /// Ends well after so many bytes, without a last chunk.
        case truncated(after: Int)
        /// One bit wrong in the chunk that has this byte; the CRC is that of the right bytes.
        case damaged(at: Int)
        /// As `damaged`, and the CRC agrees with the damage.
        case forged(at: Int)
        /// Knows no offsets: begins at byte 0 whatever was asked.
        case withoutOffsets(breaksAfter: Int?)
        /// Says that its chunks begin so many bytes later than they do.
        case shifted(by: Int64)
        /// Never ends.
        case endless
        /// Sends so many bytes and then nothing, until it is cancelled.
        case silent(after: Int)
        case refuses(CrierClientError)
        /// Serves a file of another digest.
        case changed
    }

    let content: [UInt8]
    let chunkBytes: Int
    let blockSize: Int64
    private let hasBlocks: Bool
    private struct State {
        var scripts: [Script]
        var requests: [ChunkRequest] = []
        var blockRequests = 0
        var open = 0
        var mostOpen = 0
    }
    private let state: Mutex<State>
    /// Raised with every request.
    let asked = Signal()

    init(
        _ content: [UInt8],
        chunkBytes: Int = 1000,
        blockSize: Int64 = 4096,
        hasBlocks: Bool = true,
        _ scripts: [Script] = []
    ) {
        self.content = content
        self.chunkBytes = chunkBytes
        self.blockSize = blockSize
        self.hasBlocks = hasBlocks
        state = Mutex(State(scripts: scripts))
    }

    var requests: [ChunkRequest] { state.withLock { $0.requests } }
    var offsets: [Int64] { requests.map(\.offset) }
    var mostOpen: Int { state.withLock { $0.mostOpen } }
    var blockRequests: Int { state.withLock { $0.blockRequests } }

    /// Returns when it was asked `count` times.
    func waitForRequests(_ count: Int) async {
        while !Task.isCancelled {
            let version = asked.version
            if requests.count >= count { return }
            await asked.wait(beyond: version)
        }
    }

    func open(_ request: ChunkRequest) async throws(CrierClientError) -> any ChunkStream {
        let script = state.withLock { state in
            state.requests.append(request)
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
            return state.scripts.isEmpty ? .whole : state.scripts.removeFirst()
        }
        defer { asked.raise() }
        if case .refuses(let error) = script {
            closed()
            throw error
        }
        return FakeStream(self, script, request)
    }

    fileprivate func closed() { state.withLock { $0.open -= 1 } }

    func blocks(of order: PullOrder) async throws(CrierClientError) -> BlockTable? {
        state.withLock { $0.blockRequests += 1 }
        return hasBlocks ? try table() : nil
    }

    func table() throws(CrierClientError) -> BlockTable {
        var digests: [UInt8] = []
        for start in stride(from: 0, to: content.count, by: Int(blockSize)) {
            digests += SHA256.hash(data: content[start..<min(content.count, start + Int(blockSize))])
        }
        return try BlockTable(blockSize: blockSize, digests: digests, fileSize: Int64(content.count))
    }
}

private final class FakeStream: ChunkStream {
    private struct State {
        var position: Int
        var sequence: Int32 = 0
        var isDone = false
    }

    private let source: FakeSource
    private let script: FakeSource.Script
    private let start: Int
    private let state: Mutex<State>
    private let cancelled = Signal()

    init(_ source: FakeSource, _ script: FakeSource.Script, _ request: ChunkRequest) {
        self.source = source
        self.script = script
        if case .withoutOffsets = script { start = 0 } else { start = Int(request.offset) }
        state = Mutex(State(position: start))
    }

    deinit { source.closed() }

    func cancel() { cancelled.raise() }

    func next() async throws(CrierClientError) -> Chunk? {
        let (position, sequence, isDone) = state.withLock { ($0.position, $0.sequence, $0.isDone) }
        let sent = position - start
        switch script {
        case .breaks(let after, let error) where sent >= after: throw error
        case .truncated(let after) where sent >= after: return nil
        case .withoutOffsets(let after?) where sent >= after:
            throw CrierClientError(.unavailable, "the connection broke")
        case .silent(let after) where sent >= after:
            await cancelled.wait(beyond: 0)
            throw CrierClientError(.cancelled, "cancelled")
        default: break
        }
        if isDone { return nil }
        return chunk(at: position, sequence)
    }

    private func chunk(at position: Int, _ sequence: Int32) -> Chunk {
        let end = min(source.content.count, position + source.chunkBytes)
        var bytes = Array(source.content[min(position, end)..<end])
        if case .endless = script, bytes.isEmpty { bytes = [1, 2, 3] }
        let right = checksum(bytes)
        var chunk = Chunk(
            content: bytes,
            sequence: sequence,
            isLast: end == source.content.count,
            offset: Int64(position),
            crc32c: right
        )
        switch script {
        case .damaged(let at) where (position..<end).contains(at): chunk.content[at - position] ^= 1
        case .forged(let at) where (position..<end).contains(at):
            chunk.content[at - position] ^= 1
            chunk.crc32c = checksum(chunk.content)
        case .withoutOffsets: (chunk.offset, chunk.crc32c) = (nil, nil)
        case .shifted(let by): chunk.offset! += by
        case .endless: chunk.isLast = false
        case .changed: chunk.digest = ContentDigest(SHA256.hash(data: [0]))
        default: break
        }
        state.withLock { state in
            state.position = position + bytes.count
            state.sequence += 1
            state.isDone = chunk.isLast
        }
        return chunk
    }
}

func checksum(_ bytes: [UInt8]) -> UInt32 {
    // CRC-32C bit by bit, so that the tests do not stand on the code under test.
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    return ~crc
}

/// Bytes that differ everywhere and are the same in every run.
func sampleBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    return (0..<count)
        .map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
}

func order(for content: [UInt8], name: String = "file.bin", blockSize: Int64 = 4096) throws -> PullOrder {
    let digest = ContentDigest(SHA256.hash(data: content))
    return try PullOrder(
        fileID: digest.fileID,
        name: SafeFileName(name),
        size: Int64(content.count),
        digest: digest,
        blockSize: blockSize,
        messageID: "m-\(name)"
    )
}
