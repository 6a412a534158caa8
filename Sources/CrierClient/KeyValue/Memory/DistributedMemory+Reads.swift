/// Reads look into the copy: no round trip. All of them throw `.unavailable` before the first load, since "not loaded"
/// is not "no such key"; when the gateway is away they answer with what was known, `age` ago.
extension DistributedMemory {
    /// The value; nil: no such key.
    public func get(_ key: String) throws(KeyValueClientError) -> KeyValue? {
        try look { $0.value(MemoryKey(key)) }
    }

    /// - Throws: `.wrongType` when the key holds another type.
    public func get(_ key: String, as type: Int.Type) throws(KeyValueClientError) -> Int? {
        switch try get(key) {
        case .int(let number): return Int(number)
        case let other: return try Self.absent(key, other, "int")
        }
    }

    /// - Throws: `.wrongType` when the key holds another type.
    public func get(_ key: String, as type: Double.Type) throws(KeyValueClientError) -> Double? {
        switch try get(key) {
        case .double(let number): return number
        case let other: return try Self.absent(key, other, "double")
        }
    }

    /// - Throws: `.wrongType` when the key holds another type.
    public func get(_ key: String, as type: Bool.Type) throws(KeyValueClientError) -> Bool? {
        switch try get(key) {
        case .bool(let value): return value
        case let other: return try Self.absent(key, other, "bool")
        }
    }

    /// - Throws: `.wrongType` when the key holds another type.
    public func get(_ key: String, as type: String.Type) throws(KeyValueClientError) -> String? {
        switch try get(key) {
        case .string(let text): return text
        case let other: return try Self.absent(key, other, "string")
        }
    }

    /// Bytes, as `put(_:bytes:)` wrote them.
    /// - Throws: `.wrongType` when the key holds another type.
    public func getBytes(_ key: String) throws(KeyValueClientError) -> [UInt8]? {
        switch try get(key) {
        case .bytes(let bytes): return bytes
        case let other: return try Self.absent(key, other, "bytes")
        }
    }

    /// A JSON object or array, decoded.
    /// - Throws: `.wrongType` when the key holds another type, or JSON of another shape.
    public func get<Value: Decodable>(_ key: String, as type: Value.Type) throws(KeyValueClientError) -> Value? {
        switch try get(key) {
        case .json(let text): return try Value(json: text, key: key)
        case let other: return try Self.absent(key, other, "json")
        }
    }

    private static func absent<Value>(
        _ key: String,
        _ value: KeyValue?,
        _ wanted: String
    ) throws(KeyValueClientError) -> Value? {
        guard let value else { return nil }
        throw KeyValueClientError(.wrongType, "\(key) is of type \(value.kind.rawValue), not \(wanted)")
    }

    /// The value with its revision, its times and its lease; nil: no such key.
    public func entry(_ key: String) throws(KeyValueClientError) -> KeyValueEntry? {
        try look { $0.entry(MemoryKey(key)) }
    }

    /// The entry, and how old this knowledge is at most.
    public func read(_ key: String) throws(KeyValueClientError) -> (entry: KeyValueEntry?, age: Duration) {
        let entry = try entry(key)
        return (entry, age ?? .zero)
    }

    /// Whether there is such a key, of whatever type.
    public func exists(_ key: String) throws(KeyValueClientError) -> Bool {
        try look { $0.value(MemoryKey(key)) != nil }
    }

    /// Every entry whose key begins with `prefix`, in the order of the keys' bytes, all as of one moment.
    public func getAll(prefix: String = "") throws(KeyValueClientError) -> [KeyValueEntry] {
        try look { $0.list(prefix: prefix) }
    }

    /// How many entries there are.
    public var count: Int {
        get throws(KeyValueClientError) { try look { $0.count } }
    }
}
