import Testing

@testable import CrierCore
@testable import CrierServices

@Suite("Who calls")
struct CallerTests {
    @Test(
        "This machine's addresses are its own, in every spelling",
        arguments: [
            ("127.0.0.1:50432", true), ("127.9.8.7:1", true), ("[::1]:50432", true), ("[::ffff:127.0.0.1]:1", true),
            ("10.0.0.127:1", false), ("128.0.0.1:1", false), ("[::12]:1", false), ("[fe80::1]:1", false),
            ("[::ffff:10.127.0.1]:1", false), ("unknown", false), ("", false), ("1.127.0.1:127", false),
        ]
    )
    func origin(_ address: String, isLoopback: Bool) {
        let caller = Caller(address: address, certificate: nil)
        #expect(caller.origin == (isLoopback ? .loopback : .remote))
        #expect(caller.address == address && caller.certificateSubject == nil)
    }

    /// Made by OpenSSL with the subject `/C=DE/O=Example, Inc./OU=Tills/CN=till-7/UID=42`.
    private static let certificate: [UInt8] = hexadecimal(
        """
        30820209308201afa003020102021455bc3c7dc1199da4e6b223578a06b645ae53974b300a06082a8648ce3d040302305a310b30090603
        5504061302444531163014060355040a0c0d4578616d706c652c20496e632e310e300c060355040b0c0554696c6c73310f300d06035504
        030c0674696c6c2d3731123010060a0992268993f22c6401010c023432301e170d3236313132313133323235325a170d33363131313831
        33323235325a305a310b300906035504061302444531163014060355040a0c0d4578616d706c652c20496e632e310e300c060355040b0c
        0554696c6c73310f300d06035504030c0674696c6c2d3731123010060a0992268993f22c6401010c0234323059301306072a8648ce3d02
        0106082a8648ce3d030107034200046c1e9c27abd29baa350b93979ef8a7543d99a0ef44304ed08c9f7dd36a240755d6e7931bceed8e92
        f97a5ea18c9cf731a4466f5fe8ed5f0e7a08ab7e210c3931a3533051301d0603551d0e0416041424d0bd0259107fa8d9fd31c304e25598
        6d77f83f301f0603551d2304183016801424d0bd0259107fa8d9fd31c304e255986d77f83f300f0603551d130101ff040530030101ff30
        0a06082a8648ce3d0403020348003045022100ddb97f0f0b16ea5ed2b7bee35ab3f0d848763e487d7878629359f8622670fdcf022058f3
        2dbbccb3cbb89d870e7a62ccc281465205faa2df8c69a530e0928a387600
        """
    )

    @Test("The subject of a certificate, as OpenSSL writes it for RFC 2253")
    func subject() {
        #expect(CertificateSubject.text(ofDER: Self.certificate) == #"UID=42,CN=till-7,OU=Tills,O=Example\, Inc.,C=DE"#)
        let caller = Caller(address: "10.0.0.1:1", certificate: Self.certificate)
        #expect(caller.certificateSubject?.hasPrefix("UID=42") == true && caller.origin == .remote)
    }

    @Test("Bytes that are no certificate have no subject, wherever they are cut or changed")
    func malformed() {
        #expect(CertificateSubject.text(ofDER: []) == nil)
        #expect(CertificateSubject.text(ofDER: [0x30, 0x84, 0xff, 0xff, 0xff, 0xff]) == nil)
        for count in 0..<Self.certificate.count {
            #expect(CertificateSubject.text(ofDER: Array(Self.certificate.prefix(count))) == nil)
        }
        for place in Self.certificate.indices {
            var changed = Self.certificate
            changed[place] ^= 0x81
            _ = CertificateSubject.text(ofDER: changed)
        }
    }
}

private func hexadecimal(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
