import CCrierCodecs

/// The checksum of chunks: CRC32C (Castagnoli, RFC 3720 appendix B.4), by the processor's instruction where there is
/// one.
public enum CRC32C {
    /// The checksum of `bytes`, or of everything so far and `bytes` when `crc` is that of everything so far.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt32 = 0) -> UInt32 {
        guard let start = bytes.baseAddress else { return crc }
        return crier_crc32c(crc, start, bytes.count)
    }

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0) }
    }

    /// The checksum of A followed by B, from the checksum of each: 64 steps at most, however long they are.
    public static func combine(_ crcA: UInt32, _ crcB: UInt32, lengthB: Int) -> UInt32 {
        precondition(lengthB >= 0, "a length is not negative")
        return crier_crc32c_combine(crcA, crcB, UInt64(lengthB))
    }

    /// The checksum by tables, as processors without the instruction have it.
    static func portableChecksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt32 = 0) -> UInt32 {
        guard let start = bytes.baseAddress else { return crc }
        return crier_crc32c_portable(crc, start, bytes.count)
    }

    /// Whether the processor's instruction is used.
    static var isHardware: Bool { crier_crc32c_is_hardware() != 0 }
}
