import CrierClient

extension JSONObject {
    /// The key, which must be there.
    func key() throws(CrierClientError) -> String {
        guard let key = try string("key") else { throw refused("key", "given") }
        return key
    }

    /// The value by `value` and `type`, as REST reads them: a text, or the number, boolean, object or array itself.
    func value() throws(CrierClientError) -> KeyValue {
        guard let type = ValueType(rawValue: try string("type") ?? "string") else {
            throw refused("type", "one of \(ValueType.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let text: String
        switch self["value"] {
        case .string(let given): text = given
        case .integer(let number) where type == .int || type == .double: text = String(number)
        case .double(let number) where type == .double: text = "\(number)"
        case .bool(let flag) where type == .bool: text = String(flag)
        case .array(let items) where type == .json: text = try jsonText(.array(items))
        case .object(let members) where type == .json: text = try jsonText(.object(members))
        case nil: throw refused("value", "given")
        default: throw refused("value", "a string, or what \(type.rawValue) is in JSON")
        }
        return try KeyValue(text: text, type: type, place: place)
    }

    /// The expiry by `ttl`, which is in seconds.
    func expiry() throws(CrierClientError) -> KeyValueExpiry {
        guard let seconds = try double("ttl") else { return .never }
        let milliseconds = (seconds * 1000).rounded()
        guard milliseconds >= 1, milliseconds < 9e15 else { throw refused("ttl", "seconds, 0.001 or more") }
        return .after(.milliseconds(Int64(milliseconds)))
    }

    private func jsonText(_ tree: JSONTree) throws(CrierClientError) -> String {
        do {
            return try Output.jsonText(tree)
        } catch {
            throw refused("value", "JSON")
        }
    }
}
