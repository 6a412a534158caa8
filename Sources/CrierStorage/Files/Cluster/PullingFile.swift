import CrierCodecs
import CrierCore
import NIOCore
import Synchronization

/// A content on its way from another node, for those who read it meanwhile.
///
/// What has come can be read at once; the end of the file only after the digest of all of it was found right, so that
/// nobody gets a last chunk of something else.
final class PullingFile: StoredFile {
    private struct State {
        /// Bytes that are in the part file.
        var received: Int64 = 0
        var outcome: Result<Void, FileStoreError>?
        var waiting: [@Sendable () -> Void] = []
    }

    let digest: ContentDigest
    let size: Int64
    private let file: Descriptor
    private let state = Mutex(State())

    init(_ digest: ContentDigest, size: Int64, file: consuming Descriptor) {
        self.digest = digest
        self.size = size
        self.file = file
    }

    var blockSize: Int64 { BlockSize.forFile(ofSize: size) }

    // MARK: For the pull

    /// So many bytes, from the beginning, are in the part file.
    func received(_ count: Int64) {
        change { $0.received = count }
    }

    /// The last word: the content is proven and has its place, or why it does not come.
    func end(_ outcome: Result<Void, FileStoreError>) {
        change { $0.outcome = $0.outcome ?? outcome }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for ready in waiting { ready() }
    }

    /// Returns when all is here and proven. Throws why it does not come.
    func whole() async throws(FileStoreError) {
        let news = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        while !isHere(0..<size, orElse: { news.continuation.yield() }) {
            for await _ in news.stream { break }
            if Task.isCancelled { throw FileStoreError(.unavailable, "the wait for \(digest) was cancelled") }
        }
        try failure()
    }

    private func failure() throws(FileStoreError) {
        if case .failure(let error)? = state.withLock({ $0.outcome }) { throw error }
    }

    // MARK: For readers

    func isHere(_ range: Range<Int64>, orElse ready: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.outcome != nil || (range.upperBound < size && range.upperBound <= state.received) { return true }
            state.waiting.append(ready)
            return false
        }
    }

    func duplicateDescriptor() throws(FileStoreError) -> CInt {
        try translatingDiskFaults { () throws(DiskFault) in try file.duplicate() }
    }

    func prepare(_ range: Range<Int64>, chunkBytes: Int) throws(FileStoreError) -> [PreparedChunk] {
        guard isHere(range, orElse: {}) else {
            throw FileStoreError(.unavailable, "bytes of \(digest) are still on their way from another node")
        }
        try failure()
        guard !range.isEmpty else { return [] }
        var chunks: [PreparedChunk] = []
        for piece in ChunkCut(range, chunkBytes: chunkBytes) {
            let bytes = try read(at: piece.lowerBound, count: Int(piece.count))
            let checksum = bytes.withUnsafeReadableBytes { CRC32C.checksum($0) }
            chunks.append(PreparedChunk(offset: piece.lowerBound, count: Int(piece.count), crc32c: checksum))
        }
        return chunks
    }

    func read(_ chunk: PreparedChunk) throws(FileStoreError) -> ByteBuffer {
        let bytes = try read(at: chunk.offset, count: chunk.count)
        guard bytes.withUnsafeReadableBytes({ CRC32C.checksum($0) }) == chunk.crc32c else {
            throw .damaged(digest, "the bytes at \(chunk.offset) are not what came")
        }
        return bytes
    }

    /// None: the table is made with the last byte, and whoever needs it waits for it and opens the file anew.
    func blockDigests(_ blocks: Range<Int>) -> [UInt8] { [] }

    private func read(at offset: Int64, count: Int) throws(FileStoreError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { (target) throws(FileStoreError) in
            let target = UnsafeMutableRawBufferPointer(rebasing: target[..<count])
            let got = try translatingDiskFaults { () throws(DiskFault) in try file.read(into: target, at: offset) }
            guard got == count else {
                throw .damaged(digest, "the part ends at \(offset + Int64(got))")
            }
            return got
        }
        return buffer
    }
}
