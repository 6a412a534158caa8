import FoundationEssentials

extension KeyValue {
    /// A JSON object or array made of a Swift value: a `Codable` type, an array, a dictionary.
    /// - Throws: `.invalid` for what encodes to nothing, a number or a text: those have types of their own.
    public init(json value: some Encodable) throws(KeyValueClientError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw KeyValueClientError(.invalid, "the value cannot be written as JSON: \(error)", cause: error)
        }
        guard let first = data.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            throw KeyValueClientError(
                .invalid,
                "the value is no JSON object or array; string, int, double and bool have types of their own"
            )
        }
        self = .json(String(decoding: data, as: UTF8.self))
    }
}

extension Decodable {
    /// Reads a JSON object or array of the shared state.
    init(json text: String, key: String) throws(KeyValueClientError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw KeyValueClientError(.wrongType, "\(key) is JSON of another shape: \(error)", cause: error)
        }
    }
}
