import CrierCodecs
import CrierCore
import NIOCore
import Synchronization

/// Compresses chunks on whatever thread asks, with a few contexts that are used again and again.
final class Compressors: Sendable {
    /// Owned by one thread at a time: whoever took it out of the list.
    private final class Owner: Sendable {
        private let compressor: Mutex<ZstdCompressor>

        init() throws(CodecError) { compressor = Mutex(try ZstdCompressor()) }

        func compress(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
            compressor.withLock { try? $0.compress(bytes, limit: limit) }
        }
    }

    private let idle = Mutex<[Owner]>([])

    /// One zstd frame; nil when it does not shrink the chunk enough, or memory is short: it then goes as it is.
    func compress(_ chunk: ByteBuffer) -> ByteBuffer? {
        guard let owner = try? idle.withLock({ $0.popLast() }) ?? Owner() else { return nil }
        defer {
            idle.withLock { idle in
                if idle.count < FileServiceLimits.idleCompressors { idle.append(owner) }
            }
        }
        let limit = chunk.readableBytes * FileServiceLimits.compressedTenths / 10
        return chunk.withUnsafeReadableBytes { owner.compress($0, limit: limit) }.map { ByteBuffer(bytes: $0) }
    }
}
