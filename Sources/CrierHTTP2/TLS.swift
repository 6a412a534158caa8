import NIOCore
public import NIOSSL

/// TLS for HTTP/2: at least version 1.2 (RFC 9113 §9.2), ALPN `h2`.
public struct TLSIdentity: Sendable {
    /// PEM file with the certificate and its chain.
    public var certificateFile: String
    /// PEM file with the private key.
    public var keyFile: String

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    fileprivate func chain() throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
    }

    fileprivate func key() throws -> NIOSSLPrivateKeySource {
        .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
    }
}

extension NIOSSLContext {
    /// A server's context.
    /// - Parameter clientAuthorityFile: PEM file of the authority that client certificates must come from; nil asks for
    ///   none.
    /// - Throws: What NIOSSL says of a file that is missing or not PEM.
    public static func server(identity: TLSIdentity, clientAuthorityFile: String?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try identity.chain(),
            privateKey: try identity.key()
        )
        if let clientAuthorityFile {
            configuration.trustRoots = .file(clientAuthorityFile)
            configuration.certificateVerification = .noHostnameVerification
        }
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// A client's context.
    /// - Parameters:
    ///   - authorityFile: PEM file of the authority that the server's certificate must come from; nil: the system's.
    ///   - identity: The client's own certificate, for servers that ask for one.
    public static func client(authorityFile: String?, identity: TLSIdentity?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorityFile { configuration.trustRoots = .file(authorityFile) }
        if let identity {
            configuration.certificateChain = try identity.chain()
            configuration.privateKey = try identity.key()
        }
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: configuration)
    }
}
