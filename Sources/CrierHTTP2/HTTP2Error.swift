/// What went wrong on a connection or a stream, and who began it.
public struct HTTP2Error: Error, Sendable, Equatable, CustomStringConvertible {
    /// Error codes of RFC 9113 §7.
    public struct Code: Sendable, Equatable, RawRepresentable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let noError = Code(rawValue: 0x0)
        public static let protocolError = Code(rawValue: 0x1)
        public static let internalError = Code(rawValue: 0x2)
        public static let flowControlError = Code(rawValue: 0x3)
        public static let settingsTimeout = Code(rawValue: 0x4)
        public static let streamClosed = Code(rawValue: 0x5)
        public static let frameSizeError = Code(rawValue: 0x6)
        public static let refusedStream = Code(rawValue: 0x7)
        public static let cancel = Code(rawValue: 0x8)
        public static let compressionError = Code(rawValue: 0x9)
        public static let connectError = Code(rawValue: 0xa)
        public static let enhanceYourCalm = Code(rawValue: 0xb)
        public static let inadequateSecurity = Code(rawValue: 0xc)
        public static let http11Required = Code(rawValue: 0xd)
    }

    /// Who caused the error: the peer on the wire, the network between, or this side.
    public enum Origin: Sendable, Equatable { case peer, network, local }

    public var code: Code
    public var origin: Origin
    public var message: String

    public init(_ code: Code, _ origin: Origin, _ message: String) {
        self.code = code
        self.origin = origin
        self.message = message
    }

    public var description: String { "HTTP/2 error \(code.rawValue) (\(origin)): \(message)" }
}
