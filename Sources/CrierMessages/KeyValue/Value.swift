import CCrierMessages

/// A typed value.
public struct Value: WireMessage {
    /// The value; nil is not a value.
    public var kind: Kind?

    /// A message with these fields; the defaults are those of the wire.
    public init(kind: Kind? = nil) {
        self.kind = kind
    }

    /// What a value can be.
    public enum Kind: Sendable, Equatable {
        case stringValue(String)
        case intValue(Int64)
        case doubleValue(Double)
        case boolValue(Bool)
        /// The text of an object or an array.
        case jsonValue(String)
        case bytesValue([UInt8])
    }
}

extension Value: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Value", crier__v1__value__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__Value) throws(WireError) {
        kind = try Kind(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Value> {
        let c = scratch.make(crier__v1__value__init)
        kind?.fill(c, &scratch)
        return c
    }
}

extension Value.Kind {
    init?(_ c: Crier__V1__Value) throws(WireError) {
        switch c.kind_case {
        case CRIER__V1__VALUE__KIND_STRING_VALUE:
            self = .stringValue(try c.string_value.string("Value", "string_value"))
        case CRIER__V1__VALUE__KIND_INT_VALUE:
            self = .intValue(c.int_value)
        case CRIER__V1__VALUE__KIND_DOUBLE_VALUE:
            self = .doubleValue(c.double_value)
        case CRIER__V1__VALUE__KIND_BOOL_VALUE:
            self = .boolValue(c.bool_value != 0)
        case CRIER__V1__VALUE__KIND_JSON_VALUE:
            self = .jsonValue(try c.json_value.string("Value", "json_value"))
        case CRIER__V1__VALUE__KIND_BYTES_VALUE:
            self = .bytesValue(c.bytes_value.bytes)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Crier__V1__Value>, _ scratch: inout Scratch) {
        switch self {
        case .stringValue(let value):
            c.pointee.kind_case = CRIER__V1__VALUE__KIND_STRING_VALUE
            c.pointee.string_value = scratch.copy(value)
        case .intValue(let value):
            c.pointee.kind_case = CRIER__V1__VALUE__KIND_INT_VALUE
            c.pointee.int_value = value
        case .doubleValue(let value):
            c.pointee.kind_case = CRIER__V1__VALUE__KIND_DOUBLE_VALUE
            c.pointee.double_value = value
        case .boolValue(let value):
            c.pointee.kind_case = CRIER__V1__VALUE__KIND_BOOL_VALUE
            c.pointee.bool_value = value ? 1 : 0
        case .jsonValue(let value):
            c.pointee.kind_case = CRIER__V1__VALUE__KIND_JSON_VALUE
            c.pointee.json_value = scratch.copy(value)
        case .bytesValue(let value):
            c.pointee.kind_case = CRIER__V1__VALUE__KIND_BYTES_VALUE
            c.pointee.bytes_value = scratch.copy(value)
        }
    }
}

extension Value: HandPacked {
    var fieldsSize: Int {
        switch kind {
        case .stringValue(let text), .jsonValue(let text): FieldWriter.size(chosen: text)
        case .intValue(let number): FieldWriter.size(chosen: UInt64(bitPattern: number))
        case .doubleValue: 9
        case .boolValue: 2
        case .bytesValue(let bytes): FieldWriter.size(chosen: bytes)
        case nil: 0
        }
    }

    func write(to writer: inout FieldWriter) {
        switch kind {
        case .stringValue(let text): writer.put(1, chosen: text)
        case .intValue(let number): writer.put(2, chosen: UInt64(bitPattern: number))
        case .doubleValue(let number): writer.put(3, chosenFixed: number.bitPattern)
        case .boolValue(let flag): writer.put(4, chosen: flag ? 1 : 0)
        case .jsonValue(let text): writer.put(5, chosen: text)
        case .bytesValue(let bytes): writer.put(6, chosen: bytes)
        case nil: break
        }
    }
}
