import ArgumentParser
import CrierClient
import CrierCore

/// The types of values, by the names that REST and the command line use.
enum ValueType: String, ExpressibleByArgument, CaseIterable {
    case string
    case int
    case double
    case bool
    case json
    case bytes

    fileprivate var stored: StoreValueType {
        switch self {
        case .string: .string
        case .int: .int
        case .double: .double
        case .bool: .bool
        case .json: .json
        case .bytes: .bytes
        }
    }
}

/// Values on the command line and in lines of JSON are written as REST writes them, by the core's own rules.
extension KeyValue {
    /// Throws `CrierClientError` `.invalidArgument` naming the text and what is allowed.
    init(text: String, type: ValueType, place: String? = nil) throws(CrierClientError) {
        do throws(KeyValueError) {
            self = Self(try StoreValue(text: text, type: type.stored))
        } catch {
            throw CrierClientError(.invalidArgument, [place, error.message].compactMap { $0 }.joined(separator: ": "))
        }
    }

    /// Numbers in their shortest form, bytes as base64.
    var text: String { StoreValue(self).text }

    /// The value's own bytes, for `--raw`.
    var rawBytes: [UInt8] {
        if case .bytes(let bytes) = self { bytes } else { Array(text.utf8) }
    }

    private init(_ value: StoreValue) {
        self =
            switch value {
            case .string(let text): .string(text)
            case .integer(let number): .int(number)
            case .double(let number): .double(number)
            case .bool(let flag): .bool(flag)
            case .json(let text): .json(text)
            case .bytes(let bytes): .bytes(bytes)
            }
    }
}

extension StoreValue {
    fileprivate init(_ value: KeyValue) {
        self =
            switch value {
            case .string(let text): .string(text)
            case .int(let number): .integer(number)
            case .double(let number): .double(number)
            case .bool(let flag): .bool(flag)
            case .json(let text): .json(text)
            case .bytes(let bytes): .bytes(bytes)
            }
    }
}
