import CCrierMessages

/// How the bytes of a chunk are compressed.
public enum Compression: RawRepresentable, Hashable, Sendable {
    case identity
    /// Each chunk is one zstd frame; offsets always count uncompressed bytes.
    case zstd
    /// A value that this program does not know.
    case unrecognized(Int32)

    /// The value that the number stands for.
    public init(rawValue: Int32) {
        self =
            switch rawValue {
            case 0: .identity
            case 1: .zstd
            default: .unrecognized(rawValue)
            }
    }

    /// The number on the wire.
    public var rawValue: Int32 {
        switch self {
        case .identity: 0
        case .zstd: 1
        case .unrecognized(let value): value
        }
    }
}

extension Compression {
    init(_ c: Crier__V1__Compression) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__Compression { Crier__V1__Compression(rawValue: UInt32(bitPattern: rawValue)) }
}
