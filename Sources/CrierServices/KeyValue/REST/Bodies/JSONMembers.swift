import CrierCore

/// The members of one object in a body, read by name. A member that nobody knows is refused: what a caller mistyped
/// would otherwise be left out in silence, such as the `ttl` of a lock.
struct JSONMembers {
    /// What the object is called in messages: `items[3]`; empty for the body itself.
    private let place: String
    private var values: [String: JSONReader.Value] = [:]

    init(_ place: String, _ reader: inout JSONReader, known names: [String]) throws(Problem) {
        self.place = place
        var values: [String: JSONReader.Value] = [:]
        try reader.object(place.isEmpty ? "the body" : place) { name, reader throws(Problem) in
            guard names.contains(name) else { throw Self.unknown(name, place, names) }
            values[name] = try reader.value()
        }
        self.values = values
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// What a member is called in messages.
    func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

    func wrong(_ name: String, _ allowed: String) -> Problem {
        Problem.wrong("\(path(name)) \(Self.excerpt(values[name])) is not allowed: \(allowed)", field: path(name))
    }

    /// Anything; throws when the member is not there.
    func required(_ name: String) throws(Problem) -> JSONReader.Value {
        guard let value = values[name] else {
            throw Problem.wrong("\(path(name)) is missing", field: path(name))
        }
        return value
    }

    /// A string; nil when the member is not there.
    func string(_ name: String) throws(Problem) -> String? {
        guard let value = values[name] else { return nil }
        guard case .string(let text) = value else { throw wrong(name, "it must be a string") }
        return text
    }

    /// A whole number, as a number or as text: scripts cannot write every 64-bit number as a number. nil when the
    /// member is not there.
    func integer<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) throws(Problem) -> Number? {
        guard let value = values[name] else { return nil }
        let allowed = "it must be a number from \(range.lowerBound) to \(range.upperBound)"
        switch value {
        case .number(let text), .string(let text):
            guard text.utf8.first != UInt8(ascii: "+"), let number = Number(text), range.contains(number) else {
                throw wrong(name, allowed)
            }
            return number
        default: throw wrong(name, allowed)
        }
    }

    /// Whether the member is there. It can only be true: `"absent": false` would read as its opposite.
    func isTrue(_ name: String) throws(Problem) -> Bool {
        guard let value = values[name] else { return false }
        guard value == .bool(true) else { throw wrong(name, "it must be true, or left out") }
        return true
    }

    private static func unknown(_ name: String, _ place: String, _ names: [String]) -> Problem {
        let path = place.isEmpty ? name : "\(place).\(name)"
        let hint = name == "expiresAt" ? "; a time to live is given as ttl, in seconds" : ""
        return Problem.wrong(
            "member \(Excerpt(path)) is not known: \(names.joined(separator: ", ")) are\(hint)",
            field: path
        )
    }

    private static func excerpt(_ value: JSONReader.Value?) -> String {
        switch value {
        case nil, .null: "null"
        case .bool(let value): "\(value)"
        case .number(let text), .object(let text), .array(let text): Excerpt(text).description
        case .string(let text): Excerpt(text).description
        }
    }
}

/// What members are to the state.
extension JSONMembers {
    /// The members of an entry that a caller may give. `namespace` and `updatedAt` are those of an answer, so that an
    /// entry that was read can be sent back.
    static let entryNames = ["namespace", "key", "value", "type", "ttl", "updatedAt"]

    func type() throws(Problem) -> StoreValueType? {
        guard let name = try string("type") else { return nil }
        return try Problem.naming(path("type")) { () throws(KeyValueError) in
            try StoreValueType(named: name, field: path("type"))
        }
    }

    /// A value: text of the type, or JSON's own number, boolean, object or array, which say their type themselves.
    func value(_ name: String = "value", _ type: StoreValueType?) throws(Problem) -> StoreValue {
        let (text, kinds): (String, [StoreValueType]) =
            switch try required(name) {
            case .null: throw wrong(name, "it must be a value; DELETE removes a key")
            case .string(let text): (text, [type ?? .string])
            case .bool(let value): (value ? "true" : "false", [.bool])
            case .number(let text):
                (text, text.utf8.contains { ".eE".utf8.contains($0) } ? [.double] : [.int, .double])
            case .object(let text), .array(let text): (text, [.json])
            }
        if let type, !kinds.contains(type) {
            throw wrong(name, "type \(type.rawValue) takes a string or \(type.ownJSON)")
        }
        return try Problem.naming(path(name)) { () throws(KeyValueError) in
            try StoreValue(text: text, type: type ?? kinds[0], field: path(name))
        }
    }

    /// `ttl`: seconds, down to a millisecond.
    func expiry() throws(Problem) -> StoreExpiry {
        guard let value = values["ttl"], value != .null else { return .never }
        let range = KeyValueLimits.expiryMilliseconds
        let allowed = "it must be a number of seconds from 0.001 to \(range.upperBound / 1_000)"
        guard case .number(let text) = value, let seconds = Double(text), seconds >= 0.001,
            seconds <= Double(range.upperBound) / 1_000
        else { throw wrong("ttl", allowed) }
        return .after(milliseconds: Int64((seconds * 1_000).rounded()))
    }

    /// The member `key` as a key of the namespace.
    func key(_ namespace: StoreNamespace) throws(Problem) -> StoreKey {
        guard let text = try string("key") else { throw Problem.wrong("\(path("key")) is missing", field: path("key")) }
        return try Problem.naming(path("key")) { () throws(KeyValueError) in try StoreKey(namespace, text) }
    }

    /// Throws when the members say another place than the path.
    func checkPlace(_ namespace: StoreNamespace, key: String? = nil) throws(Problem) {
        if let name = try string("namespace"), name != namespace.name {
            throw wrong("namespace", "the path says \(namespace)")
        }
        if let key, let name = try string("key"), !name.utf8.elementsEqual(key.utf8) {
            throw wrong("key", "the path says \(Excerpt(key))")
        }
    }
}

extension StoreValueType {
    /// The JSON that stands for such a value itself.
    fileprivate var ownJSON: String {
        switch self {
        case .string, .bytes: "nothing else"
        case .int: "a whole number"
        case .double: "a number"
        case .bool: "true or false"
        case .json: "an object or an array"
        }
    }
}
