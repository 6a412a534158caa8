/// Values as text with a type beside it: what REST and the command line carry.
extension StoreValue {
    /// Reads a value of the type:
    ///
    /// - `string`: as it is. `bool`: `true` or `false`.
    /// - `int`: `-?[0-9]+` within 64 bits.
    /// - `double`: a number as JSON writes it (RFC 8259, section 6), that is finite.
    /// - `json`: an object or an array (RFC 8259), nested at most `KeyValueLimits.jsonDepth` deep.
    /// - `bytes`: base64 with its padding (RFC 4648, section 4), nothing between its characters.
    ///
    /// Throws `invalid` naming `field`, the text and what is allowed.
    public init(text: String, type: StoreValueType, field: String = "value") throws(KeyValueError) {
        guard let value = Self.parse(text, type) else {
            throw .invalid(field: field, value: text, allowed: Self.allowedText(of: type))
        }
        self = value
    }

    public var type: StoreValueType {
        switch self {
        case .string: .string
        case .integer: .int
        case .double: .double
        case .bool: .bool
        case .json: .json
        case .bytes: .bytes
        }
    }

    /// The text that reads back as an equal value: numbers in the shortest such form, JSON as it came.
    public var text: String {
        switch self {
        case .string(let text), .json(let text): text
        case .integer(let number): String(number)
        case .double(let number): Self.shortest(number)
        case .bool(let value): value ? "true" : "false"
        case .bytes(let bytes): Base64.encode(bytes)
        }
    }

    private static func parse(_ text: String, _ type: StoreValueType) -> StoreValue? {
        switch type {
        case .string: .string(text)
        case .int: integer(text).map(StoreValue.integer)
        case .double: finite(text).map(StoreValue.double)
        case .bool: ["true": StoreValue.bool(true), "false": .bool(false)][text]
        case .json: JSONScanner.isObjectOrArray(text) ? .json(text) : nil
        case .bytes: Base64.decode(text).map(StoreValue.bytes)
        }
    }

    static func allowedText(of type: StoreValueType) -> String {
        switch type {
        case .string: "text"
        case .int: "an int: digits after an optional -, from \(Int64.min) to \(Int64.max)"
        case .double: "a double: a finite number as JSON writes it, such as -1.5 or 6e23"
        case .bool: "a bool: true or false"
        case .json: "json: an object or an array (RFC 8259), nested at most \(KeyValueLimits.jsonDepth) deep"
        case .bytes: "bytes: base64 with its padding (RFC 4648)"
        }
    }

    private static func integer(_ text: String) -> Int64? {
        // Swift's own reading takes a + as well.
        text.utf8.first == UInt8(ascii: "+") ? nil : Int64(text)
    }

    private static func finite(_ text: String) -> Double? {
        guard JSONScanner.isNumber(text), let number = Double(text), number.isFinite else { return nil }
        return number
    }

    /// Swift writes 100.0 and 1e+20, JSON readers take 100 and 1e20.
    private static func shortest(_ number: Double) -> String {
        var text = number.description
        if text.utf8.suffix(2).elementsEqual(".0".utf8) { text.removeLast(2) }
        text.removeAll { $0 == "+" }
        return text
    }
}
