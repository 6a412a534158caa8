/// Header or trailer fields of a call, in order. Names are lower case; names that end in `-bin` carry bytes.
public struct Metadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field. `value` is as on the wire: base64 for `-bin` names.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    public private(set) var fields: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    public var isEmpty: Bool { fields.isEmpty }

    /// Adds a text field. The name is made lower case.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name.lowercased(), value: value))
    }

    /// Adds a binary field; `-bin` is appended to the name when it is missing.
    public mutating func add(_ name: String, binary bytes: [UInt8]) {
        let name = name.hasSuffix("-bin") ? name : name + "-bin"
        add(name, Base64.encode(bytes))
    }

    /// The first value of that name.
    public func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The first value of a `-bin` name, decoded; nil when there is none or it is not base64.
    public func firstBinary(_ name: String) -> [UInt8]? { first(name).flatMap { Base64.decode($0.utf8) } }
}
