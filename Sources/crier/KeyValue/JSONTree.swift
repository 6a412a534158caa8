import CrierClient
import FoundationEssentials

/// JSON as it came, for what must be looked at before its shape is known.
enum JSONTree: Codable, Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    /// Reads JSON. Throws `.invalidArgument`, naming `source`.
    init(_ bytes: [UInt8], source: String) throws(CrierClientError) {
        do {
            self = try JSONDecoder().decode(JSONTree.self, from: Data(bytes))
        } catch {
            throw CrierClientError(.invalidArgument, "\(source) is not JSON", cause: error)
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? container.decode(Double.self) {
            self = .double(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let items = try? container.decode([JSONTree].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .double(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        }
    }
}

/// An object of which only known members are allowed, and where it stands, for messages.
struct JSONObject {
    /// As in `then[2]`.
    let place: String
    private let members: [String: JSONTree]

    /// Throws `.invalidArgument` for what is no object, and for a member that is not `known`.
    init(_ tree: JSONTree, _ place: String, known: [String]) throws(CrierClientError) {
        guard case .object(let members) = tree else {
            throw CrierClientError(.invalidArgument, "\(place) must be an object")
        }
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw CrierClientError(
                .invalidArgument,
                "\(place): there is no field \"\(Output.printable(unknown))\"; allowed are \(known.joined(separator: ", "))"
            )
        }
        (self.place, self.members) = (place, members)
    }

    subscript(_ name: String) -> JSONTree? { members[name] }

    func string(_ name: String) throws(CrierClientError) -> String? {
        switch members[name] {
        case nil: nil
        case .string(let text): text
        default: throw refused(name, "a string")
        }
    }

    func integer(_ name: String) throws(CrierClientError) -> Int64? {
        switch members[name] {
        case nil: nil
        case .integer(let number): number
        default: throw refused(name, "a whole number within 64 bits")
        }
    }

    func double(_ name: String) throws(CrierClientError) -> Double? {
        switch members[name] {
        case nil: nil
        case .integer(let number): Double(number)
        case .double(let number): number
        default: throw refused(name, "a number")
        }
    }

    /// True, or absent: nothing else says anything.
    func isTrue(_ name: String) throws(CrierClientError) -> Bool {
        switch members[name] {
        case nil: false
        case .bool(true): true
        default: throw refused(name, "true")
        }
    }

    /// The elements of an array, each with its place; none when there is no such member.
    func array(_ name: String) throws(CrierClientError) -> [(place: String, item: JSONTree)] {
        switch members[name] {
        case nil: return []
        case .array(let items): return items.enumerated().map { ("\(name)[\($0)]", $1) }
        default: throw refused(name, "an array")
        }
    }

    func refused(_ name: String, _ allowed: String) -> CrierClientError {
        CrierClientError(.invalidArgument, "\(place): \(name) must be \(allowed)")
    }
}
