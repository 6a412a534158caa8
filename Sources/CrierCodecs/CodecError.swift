import CCrierCodecs

/// Why bytes could not be compressed or decompressed.
public enum CodecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes are not what the format says, or end too early.
    case corrupt(format: Format)
    /// More than this many bytes would come out.
    case tooLarge(limit: Int)
    /// The memory for it is not there.
    case outOfMemory

    /// What was read or written.
    public enum Format: String, Sendable {
        case zstd
        case gzip
    }

    init?(_ status: crier_codec_status, _ format: Format, limit: Int) {
        switch status {
        case CRIER_CODEC_OK: return nil
        case CRIER_CODEC_TOO_LARGE: self = .tooLarge(limit: limit)
        case CRIER_CODEC_OUT_OF_MEMORY: self = .outOfMemory
        default: self = .corrupt(format: format)
        }
    }

    public var description: String {
        switch self {
        case .corrupt(let format): "not valid \(format.rawValue) data"
        case .tooLarge(let limit): "more than \(limit) bytes when decompressed"
        case .outOfMemory: "not enough memory to decompress"
        }
    }
}
