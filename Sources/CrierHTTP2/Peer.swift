/// Who is at the other end of a connection.
public struct Peer: Sendable, Equatable {
    /// Numeric address and port, for example `127.0.0.1:50432`.
    public var address: String
    /// The verified client certificate in DER form; nil without mutual TLS.
    public var certificateDER: [UInt8]?

    public init(address: String, certificateDER: [UInt8]? = nil) {
        self.address = address
        self.certificateDER = certificateDER
    }
}
