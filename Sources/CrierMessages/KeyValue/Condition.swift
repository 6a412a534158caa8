import CCrierMessages

/// What must be true of an entry before something is done to it.
public struct Condition: WireMessage {
    /// What is asked; nil asks for nothing.
    public var kind: Kind?

    /// A message with these fields; the defaults are those of the wire.
    public init(kind: Kind? = nil) {
        self.kind = kind
    }

    /// What can be asked of an entry.
    public enum Kind: Sendable, Equatable {
        /// Only `true` means something.
        case absent(Bool)
        /// Only `true` means something.
        case present(Bool)
        /// Of the last change.
        case revision(UInt64)
        /// Equal in type and bytes.
        case value(Value)
    }
}

extension Condition: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Condition", crier__v1__condition__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Condition) throws(WireError) {
        kind = try Kind(c)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Condition> {
        let c = scratch.make(crier__v1__condition__init)
        kind?.fill(c, &scratch)
        return c
    }
}

extension Condition.Kind {
    init?(_ c: Crier__V1__Condition) throws(WireError) {
        switch c.kind_case {
        case CRIER__V1__CONDITION__KIND_ABSENT:
            self = .absent(c.absent != 0)
        case CRIER__V1__CONDITION__KIND_PRESENT:
            self = .present(c.present != 0)
        case CRIER__V1__CONDITION__KIND_REVISION:
            self = .revision(c.revision)
        case CRIER__V1__CONDITION__KIND_VALUE:
            guard let value = try Value.read(c.value) else { return nil }
            self = .value(value)
        default:
            return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Crier__V1__Condition>, _ scratch: inout Scratch) {
        switch self {
        case .absent(let value):
            c.pointee.kind_case = CRIER__V1__CONDITION__KIND_ABSENT
            c.pointee.absent = value ? 1 : 0
        case .present(let value):
            c.pointee.kind_case = CRIER__V1__CONDITION__KIND_PRESENT
            c.pointee.present = value ? 1 : 0
        case .revision(let value):
            c.pointee.kind_case = CRIER__V1__CONDITION__KIND_REVISION
            c.pointee.revision = value
        case .value(let value):
            c.pointee.kind_case = CRIER__V1__CONDITION__KIND_VALUE
            c.pointee.value = value.fill(&scratch)
        }
    }
}
