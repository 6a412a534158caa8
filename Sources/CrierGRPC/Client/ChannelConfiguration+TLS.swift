import CrierHTTP2

extension ChannelConfiguration {
    /// Speaks TLS instead of clear text.
    /// - Parameters:
    ///   - authorityFile: PEM file of the authority that the server's certificate must come from; nil: the system's.
    ///   - certificateFile: PEM file with the client's own certificate, for servers that ask for one; with `keyFile`.
    ///   - serverName: The name that the server's certificate must carry; nil: the host that is dialled.
    /// - Throws: What the TLS library says of a file that is missing or not PEM.
    public mutating func useTLS(
        authorityFile: String?, certificateFile: String? = nil, keyFile: String? = nil, serverName: String? = nil
    ) throws {
        var identity: TLSIdentity?
        if let certificateFile, let keyFile {
            identity = TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
        }
        http2.tls = try .client(authorityFile: authorityFile, identity: identity)
        http2.serverName = serverName
    }
}
