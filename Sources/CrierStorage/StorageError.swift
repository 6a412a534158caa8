/// Why a data directory or a store in it cannot be used. The message names the path and what to do.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        /// Another process has it.
        case inUse
        /// A later version of the program wrote it.
        case newer
        /// It is not what it should be: bytes are wrong or missing.
        case damaged
        /// It holds something that is not the gateway's.
        case foreign
        /// The system refused: rights, room, a missing disk.
        case unavailable
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
