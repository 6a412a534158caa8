import CrierCore
import CrierMessages

/// Values and conditions between the contract and the core.
extension StoreValue {
    /// Throws `invalid` naming `field` when there is no value, or a number that is none. JSON is checked by the store.
    init(_ value: Value?, field: String) throws(KeyValueError) {
        switch value?.kind {
        case .stringValue(let text): self = .string(text)
        case .intValue(let number): self = .integer(number)
        case .doubleValue(let number):
            guard number.isFinite else {
                throw KeyValueError(.invalid, "\(field) \(number) is not allowed: a double must be finite")
            }
            self = .double(number)
        case .boolValue(let flag): self = .bool(flag)
        case .jsonValue(let text): self = .json(text)
        case .bytesValue(let bytes): self = .bytes(bytes)
        case nil:
            throw KeyValueError(
                .invalid,
                "\(field) is missing: one of string_value, int_value, double_value, bool_value, json_value, bytes_value"
            )
        }
    }
}

extension Value {
    init(_ value: StoreValue) {
        switch value {
        case .string(let text): self.init(kind: .stringValue(text))
        case .integer(let number): self.init(kind: .intValue(number))
        case .double(let number): self.init(kind: .doubleValue(number))
        case .bool(let flag): self.init(kind: .boolValue(flag))
        case .json(let text): self.init(kind: .jsonValue(text))
        case .bytes(let bytes): self.init(kind: .bytesValue(bytes))
        }
    }
}

extension StoreCondition {
    /// Throws `invalid` naming the field when nothing is asked, or when `false` is asked.
    init(_ condition: Condition) throws(KeyValueError) {
        switch condition.kind {
        case .absent(true): self = .absent
        case .present(true): self = .present
        case .absent(false): throw Self.meansNothing("absent", instead: "present")
        case .present(false): throw Self.meansNothing("present", instead: "absent")
        case .revision(let revision): self = .revision(revision)
        case .value(let value): self = .value(try StoreValue(value, field: "condition.value"))
        case nil: throw KeyValueError(.invalid, "condition is empty: one of absent, present, revision, value")
        }
    }

    private static func meansNothing(_ field: String, instead other: String) -> KeyValueError {
        KeyValueError(.invalid, "condition.\(field) false is not allowed: true, or \(other) true instead")
    }
}
