/// The types of values, by the names that people and messages use.
public enum StoreValueType: String, Sendable, CaseIterable {
    case string
    case int
    case double
    case bool
    /// An object or an array.
    case json
    case bytes

    /// Throws `invalid` naming the field, the name and the names that there are.
    public init(named name: String, field: String = "type") throws(KeyValueError) {
        guard let type = Self(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(field: field, value: name, allowed: "one of \(names)")
        }
        self = type
    }
}
