import CrierCore
import CrierGRPC

/// Who calls, for the decisions about access.
extension Caller {
    init(_ call: ServerCall) {
        self.init(address: call.peerAddress, certificate: call.peerCertificate)
    }

    init(_ context: CallContext) {
        self.init(address: context.peerAddress, certificate: context.peerCertificate)
    }

    /// - Parameters:
    ///   - address: numeric, with its port: `127.0.0.1:50432`, `[::1]:50432`.
    ///   - certificate: verified, in DER form.
    init(address: String, certificate: [UInt8]?) {
        self.init(
            origin: Self.isLoopback(address) ? .loopback : .remote,
            address: address,
            certificateSubject: certificate.flatMap(CertificateSubject.text)
        )
    }

    /// 127.0.0.0/8, also mapped into IPv6, and ::1, in the one spelling that the system gives them.
    private static func isLoopback(_ address: String) -> Bool {
        let address = address.utf8
        return address.starts(with: "127.".utf8) || address.starts(with: "[::1]:".utf8)
            || address.starts(with: "[::ffff:127.".utf8)
    }
}
