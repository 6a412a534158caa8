/// A typed value. Equality is of type and bytes: `1` is not `1.0`, and a string is not its canonical equivalent.
public enum StoreValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// An object or an array, kept as the text that came.
    case json(String)
    case bytes([UInt8])

    /// Bytes that count towards the limits.
    public var byteCount: Int {
        switch self {
        case .string(let text), .json(let text): text.utf8.count
        case .integer, .double: 8
        case .bool: 1
        case .bytes(let bytes): bytes.count
        }
    }

    /// The name of the type, as REST and messages use it.
    public var typeName: String { type.rawValue }

    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.string(let a), .string(let b)), (.json(let a), .json(let b)): a.hasSameBytes(as: b)
        case (.integer(let a), .integer(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.bool(let a), .bool(let b)): a == b
        case (.bytes(let a), .bytes(let b)): a == b
        default: false
        }
    }
}
