/// A typed value of the shared state.
///
/// A value is at most 1 MiB. Two values are equal when type and content are: `.int(1)` is not `.double(1)`.
public enum KeyValue: Sendable, Hashable {
    case string(String)
    case int(Int64)
    /// Finite: `NaN` and the infinities are refused.
    case double(Double)
    case bool(Bool)
    /// The text of a JSON object or array.
    case json(String)
    case bytes([UInt8])

    /// What a value can be.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case string
        case int
        case double
        case bool
        case json
        case bytes
    }

    public var kind: Kind {
        switch self {
        case .string: .string
        case .int: .int
        case .double: .double
        case .bool: .bool
        case .json: .json
        case .bytes: .bytes
        }
    }

    /// Bytes of the content.
    var byteCount: Int {
        switch self {
        case .string(let text), .json(let text): text.utf8.count
        case .int, .double: 8
        case .bool: 1
        case .bytes(let bytes): bytes.count
        }
    }
}

extension KeyValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
