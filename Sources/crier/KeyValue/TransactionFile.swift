import CrierClient

/// A transaction as REST's body writes it: `{"if":[…],"then":[…],"else":[…]}`.
struct TransactionFile {
    private(set) var transaction = KeyValueTransaction(then: [])

    /// Throws `.invalidArgument` naming the place and what is allowed there.
    init(_ bytes: [UInt8], source: String, namespace: String) throws(CrierClientError) {
        let tree = try JSONTree(bytes, source: source)
        let whole = try JSONObject(tree, source, known: ["if", "then", "else"])
        for (place, item) in try whole.array("if") {
            transaction.guards.append(try Self.guarding(item, place, namespace))
        }
        for (place, item) in try whole.array("then") {
            transaction.then.append(try Self.write(item, place, namespace))
        }
        for (place, item) in try whole.array("else") {
            transaction.otherwise.append(try Self.write(item, place, namespace))
        }
    }

    private static func guarding(
        _ item: JSONTree,
        _ place: String,
        _ namespace: String
    ) throws(CrierClientError) -> KeyValueGuard {
        let fields = try JSONObject(item, place, known: ["key", "absent", "present", "revision", "value", "type"])
        var conditions: [KeyValueCondition] = []
        if try fields.isTrue("absent") { conditions.append(.absent) }
        if try fields.isTrue("present") { conditions.append(.present) }
        if let revision = try fields.integer("revision") {
            guard revision > 0 else { throw fields.refused("revision", "more than 0") }
            conditions.append(.revision(UInt64(revision)))
        }
        if fields["value"] != nil { conditions.append(.value(try fields.value())) }
        guard conditions.count == 1 else {
            throw CrierClientError(
                .invalidArgument,
                "\(place): exactly one of absent, present, revision and value is needed; it has \(conditions.count)"
            )
        }
        return KeyValueGuard(try fields.key(), in: namespace, conditions[0])
    }

    private static func write(
        _ item: JSONTree,
        _ place: String,
        _ namespace: String
    ) throws(CrierClientError) -> KeyValueWrite {
        let known = ["key", "value", "type", "ttl", "delete", "increment"]
        let fields = try JSONObject(item, place, known: known)
        let key = try fields.key()
        let isDeletion = try fields.isTrue("delete")
        let addend = try fields.integer("increment")
        let isPut = fields["value"] != nil
        guard [isDeletion, addend != nil, isPut].count(where: { $0 }) == 1 else {
            throw CrierClientError(.invalidArgument, "\(place): exactly one of value, delete and increment is needed")
        }
        if !isPut, fields["type"] != nil || fields["ttl"] != nil {
            throw CrierClientError(.invalidArgument, "\(place): type and ttl go with value")
        }
        if isDeletion { return .delete(namespace: namespace, key: key) }
        if let addend { return .increment(namespace: namespace, key: key, by: addend) }
        return .put(namespace: namespace, key: key, value: try fields.value(), expiry: try fields.expiry())
    }
}
