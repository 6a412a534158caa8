import CCrierCodecs
import Glibc

/// The `gzip` of gRPC's message compression: one member a message.
public enum Gzip {
    /// - Parameter level: 1 (fast) to 9 (small); 6 is gzip's own default.
    /// - Throws: `CodecError`.
    public static func compress(_ bytes: UnsafeRawBufferPointer, level: Int = 6) throws(CodecError) -> [UInt8] {
        let level = Int32(min(max(level, 1), 9))
        return try taking(limit: .max) { crier_gzip(bytes.baseAddress, bytes.count, level, $0, $1) }
    }

    /// What `bytes` decompress to, at most `limit` bytes; memory grows with what comes out, not with the limit.
    /// - Throws: `CodecError`.
    public static func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CodecError) -> [UInt8] {
        try taking(limit: limit) { crier_gunzip(bytes.baseAddress, bytes.count, max(limit, 0), $0, $1) }
    }

    /// Runs a C function that hands out malloc'd bytes, and takes these over.
    private static func taking(
        limit: Int,
        _ work: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>) -> crier_codec_status
    ) throws(CodecError) -> [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = work(&start, &count)
        defer { free(start) }
        if let error = CodecError(status, .gzip, limit: limit) { throw error }
        return [UInt8](UnsafeBufferPointer(start: start, count: count))
    }
}
