/// Why bytes are not the message they should be.
public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Sendable, Equatable {
        /// The bytes are not protobuf, or a field has another type than the contract says.
        case malformed
        /// A `string` field holds bytes that are not UTF-8.
        case invalidUTF8
        /// Unpacking would take more memory than this many bytes: far more fields than a true message has.
        case tooComplex(limit: Int)
    }

    /// The message, as the contract names it: `PushRequest`.
    public let message: String
    /// The field, as the contract names it: `client_id`. Absent when the message as a whole is to blame.
    public let field: String?
    /// What is wrong with it.
    public let reason: Reason

    init(_ message: StaticString, field: StaticString? = nil, _ reason: Reason) {
        self.message = message.description
        self.field = field?.description
        self.reason = reason
    }

    /// `PushRequest.client_id is not valid UTF-8`
    public var description: String {
        let place = field.map { "\(message).\($0)" } ?? message
        return switch reason {
        case .malformed: "\(place) is not a valid protobuf message of that type"
        case .invalidUTF8: "\(place) is not valid UTF-8"
        case .tooComplex(let limit): "\(place) has too many fields: unpacking needs more than \(limit) bytes"
        }
    }
}
