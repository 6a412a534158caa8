import CCrierCodecs

/// Compresses chunks, one zstd frame each. It holds about 1 MiB, so keep one for many chunks.
///
/// `@unchecked Sendable`: it cannot be copied and compressing is `mutating`, so one owner at a time uses the context,
/// and a zstd context does not care on which thread.
public struct ZstdCompressor: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// - Parameter level: 1 (fast) to 19 (small). The default is zstd's fastest: it keeps up with a 10 Gbit/s link.
    /// - Throws: `CodecError.outOfMemory`.
    public init(level: Int = 1) throws(CodecError) {
        guard let context = crier_zstd_compressor_new(Int32(min(max(level, 1), 19))) else { throw .outOfMemory }
        self.context = context
    }

    deinit { crier_zstd_compressor_free(context) }

    /// One frame that tells its uncompressed size; nil when it would be longer than `limit` bytes.
    /// - Throws: `CodecError.outOfMemory`.
    public mutating func compress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CodecError) -> [UInt8]? {
        var status = CRIER_CODEC_OK
        let frame = [UInt8](unsafeUninitializedCapacity: max(limit, 1)) { buffer, count in
            status = crier_zstd_compress(context, bytes.baseAddress, bytes.count, buffer.baseAddress, limit, &count)
        }
        switch CodecError(status, .zstd, limit: limit) {
        case nil: return frame
        case .tooLarge: return nil
        case .some(let error): throw error
        }
    }
}

/// Decompresses chunks. Keep one for many chunks.
///
/// `@unchecked Sendable`: for the same reason as `ZstdCompressor`.
public struct ZstdDecompressor: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// - Throws: `CodecError.outOfMemory`.
    public init() throws(CodecError) {
        guard let context = crier_zstd_decompressor_new() else { throw .outOfMemory }
        self.context = context
    }

    deinit { crier_zstd_decompressor_free(context) }

    /// What `bytes` decompress to: at most `limit` bytes, whatever the frame claims.
    ///
    /// The result has room for `limit` bytes, so pass what the chunk says it holds (`raw_size`) once that is checked.
    /// - Throws: `CodecError`.
    public mutating func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CodecError) -> [UInt8] {
        var status = CRIER_CODEC_OK
        let result = [UInt8](unsafeUninitializedCapacity: max(limit, 1)) { buffer, count in
            status = crier_zstd_decompress(context, bytes.baseAddress, bytes.count, buffer.baseAddress, limit, &count)
        }
        if let error = CodecError(status, .zstd, limit: limit) { throw error }
        return result
    }
}
