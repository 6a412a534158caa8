import CrierCore

/// `{"value":"100","type":"int","ttl":60}`
struct PutBody {
    let value: StoreValue
    let expiry: StoreExpiry

    init(_ bytes: [UInt8], for key: StoreKey) throws(Problem) {
        let members = try JSONReader.read(bytes) { reader throws(Problem) in
            try JSONMembers("", &reader, known: JSONMembers.entryNames)
        }
        try members.checkPlace(key.namespace, key: key.key)
        value = try members.value("value", members.type())
        expiry = try members.expiry()
    }
}

/// `{"expected":"99","value":"100","type":"int"}`; `"expected":null` for an entry that must not be there.
struct CompareBody {
    let condition: StoreCondition
    let value: StoreValue
    let expiry: StoreExpiry

    init(_ bytes: [UInt8], for key: StoreKey) throws(Problem) {
        let members = try JSONReader.read(bytes) { reader throws(Problem) in
            try JSONMembers("", &reader, known: ["expected"] + JSONMembers.entryNames)
        }
        try members.checkPlace(key.namespace, key: key.key)
        let type = try members.type()
        value = try members.value("value", type)
        condition = try members.required("expected") == .null ? .absent : .value(members.value("expected", type))
        expiry = try members.expiry()
    }
}

/// `{"items":[{"key","value","type"},…]}`
struct BatchBody {
    let writes: [StoreWrite]

    init(_ bytes: [UInt8], in namespace: StoreNamespace) throws(Problem) {
        var items = KeyedItems("items")
        var isThere = false
        try JSONReader.read(bytes) { reader throws(Problem) in
            try reader.object("the body") { name, reader throws(Problem) in
                guard name == "items" else {
                    throw Problem.wrong("member \(Excerpt(name)) is not known: items is", field: name)
                }
                isThere = true
                try items.read(&reader, namespace, known: JSONMembers.entryNames) { members, key throws(Problem) in
                    .put(key, try members.value("value", members.type()), try members.expiry())
                }
            }
        }
        guard isThere else { throw Problem.wrong("items is missing", field: "items") }
        writes = items.writes
    }
}

/// A list of writes in a body, each with a key that no other one has.
struct KeyedItems {
    private let field: String
    private(set) var writes: [StoreWrite] = []
    private var places: [StoreKey: Int] = [:]

    init(_ field: String) {
        self.field = field
    }

    mutating func read(
        _ reader: inout JSONReader,
        _ namespace: StoreNamespace,
        known names: [String],
        _ write: (JSONMembers, StoreKey) throws(Problem) -> StoreWrite
    ) throws(Problem) {
        try reader.array(field) { index, reader throws(Problem) in
            let members = try JSONMembers("\(field)[\(index)]", &reader, known: names)
            try members.checkPlace(namespace)
            let key = try members.key(namespace)
            if let other = places.updateValue(index, forKey: key) {
                throw Problem.wrong(
                    "\(field)[\(other)] and \(field)[\(index)] have the same key \(Excerpt(key.key)): "
                        + "a key is written once",
                    field: members.path("key")
                )
            }
            writes.append(try write(members, key))
        }
    }
}
