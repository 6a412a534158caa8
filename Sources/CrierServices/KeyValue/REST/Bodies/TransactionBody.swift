import CrierCore

/// `{"if":[…],"then":[…],"else":[…]}`
///
/// Guards: `{"key","absent":true}`, `{"key","present":true}`, `{"key","revision":7}`, `{"key","value","type"}`. Writes:
/// as in a batch, or `{"key","delete":true}`, `{"key","increment":1}`.
struct TransactionBody {
    private(set) var transaction = StoreTransaction(then: [])

    init(_ bytes: [UInt8], in namespace: StoreNamespace) throws(Problem) {
        var transaction = StoreTransaction(then: [])
        try JSONReader.read(bytes) { reader throws(Problem) in
            try reader.object("the body") { name, reader throws(Problem) in
                switch name {
                case "if": transaction.guards = try Self.guards(&reader, namespace)
                case "then": transaction.then = try Self.writes(name, &reader, namespace)
                case "else": transaction.otherwise = try Self.writes(name, &reader, namespace)
                default:
                    throw Problem.wrong(
                        "member \(Excerpt(name)) is not known: if, then, else are", field: name
                    )
                }
            }
        }
        try Problem.naming("if") { () throws(KeyValueError) in try transaction.refuseContradictions(field: "if") }
        self.transaction = transaction
    }

    private static let conditionNames = ["absent", "present", "revision", "value"]
    private static let writeNames = ["value", "delete", "increment"]

    private static func guards(
        _ reader: inout JSONReader,
        _ namespace: StoreNamespace
    ) throws(Problem) -> [StoreTransaction.Guard] {
        var guards: [StoreTransaction.Guard] = []
        try reader.array("if") { index, reader throws(Problem) in
            let members = try JSONMembers(
                "if[\(index)]", &reader, known: ["namespace", "key", "type"] + conditionNames)
            try members.checkPlace(namespace)
            let condition: StoreCondition =
                switch try only(conditionNames, members) {
                case "absent": try absent(members)
                case "present": try present(members)
                case "revision": .revision(try members.integer("revision", in: 0...UInt64.max) ?? 0)
                default: .value(try members.value("value", members.type()))
                }
            guards.append(StoreTransaction.Guard(try members.key(namespace), condition))
        }
        return guards
    }

    private static func absent(_ members: JSONMembers) throws(Problem) -> StoreCondition {
        _ = try members.isTrue("absent")
        return .absent
    }

    private static func present(_ members: JSONMembers) throws(Problem) -> StoreCondition {
        _ = try members.isTrue("present")
        return .present
    }

    private static func writes(
        _ field: String,
        _ reader: inout JSONReader,
        _ namespace: StoreNamespace
    ) throws(Problem) -> [StoreWrite] {
        var items = KeyedItems(field)
        let names = JSONMembers.entryNames + ["delete", "increment"]
        try items.read(&reader, namespace, known: names) { members, key throws(Problem) in
            switch try only(writeNames, members) {
            case "delete":
                _ = try members.isTrue("delete")
                return .delete(key)
            case "increment":
                let amount = try members.integer("increment", in: Int64.min...Int64.max) ?? 0
                return .increment(key, by: amount, initial: 0)
            default: return .put(key, try members.value("value", members.type()), try members.expiry())
            }
        }
        return items.writes
    }

    /// The one of these members that is there. `type` and `ttl` belong to `value`.
    private static func only(_ names: [String], _ members: JSONMembers) throws(Problem) -> String {
        let found = names.filter(members.has)
        guard found.count == 1, let name = found.first else {
            let state = found.isEmpty ? "none of them is there" : "\(found.joined(separator: " and ")) are there"
            throw Problem.wrong(
                "\(members.path("key")) needs exactly one of \(names.joined(separator: ", ")): \(state)",
                field: members.path(found.last ?? names[0])
            )
        }
        if let stray = ["type", "ttl"].first(where: members.has), name != "value" {
            throw Problem.wrong("\(members.path(stray)) goes with value only", field: members.path(stray))
        }
        return name
    }
}
