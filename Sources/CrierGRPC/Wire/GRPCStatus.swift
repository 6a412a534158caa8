/// How a call ended: a code of gRPC's fixed set, a message for people, and trailers.
public struct GRPCStatus: Error, Sendable, Equatable, CustomStringConvertible {
    /// The status codes of gRPC (statuscodes.md); raw values are those of the wire.
    public enum Code: UInt8, Sendable, CaseIterable {
        case ok = 0
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16

        /// As gRPC writes it: `INVALID_ARGUMENT`.
        public var name: String { Self.names[Int(rawValue)] }

        private static let names = [
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
            "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        ]
    }

    public var code: Code
    /// For people; names the field or the limit. Sent percent-encoded.
    public var message: String
    /// Further trailers.
    public var metadata: Metadata
    /// A client's call ended without the server's word, after its request was on its way: it may have been carried out.
    /// False for calls that no server has seen, and for what a server answered.
    public internal(set) var mayHaveRun = false

    public init(_ code: Code, _ message: String = "", metadata: Metadata = [:]) {
        self.code = code
        self.message = message
        self.metadata = metadata
    }

    public static let ok = GRPCStatus(.ok)

    public var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }
}
