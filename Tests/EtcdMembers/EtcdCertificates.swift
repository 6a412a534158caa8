import Foundation

/// An authority of a test's own, with a certificate for members and one for clients. They are gone with this object.
public final class EtcdCertificates: Sendable {
    private let directory: URL
    /// What the members' certificates are for.
    let host = EtcdMembers.freeHost()

    public init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "crier-etcd-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data("subjectAltName=IP:\(host)\n".utf8).write(to: directory.appending(path: "names"))
        try openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")
        for name in ["member", "client"] {
            try openssl("req -newkey rsa:2048 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr")
            try openssl(
                "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out \(name).pem"
            )
        }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// PEM files.
    public var authority: String { path("ca.pem") }
    public var clientCertificate: String { path("client.pem") }
    public var clientKey: String { path("client.key") }

    /// Members show their certificate, and let nobody in without one.
    var memberFlags: [String] {
        [
            "--cert-file", path("member.pem"), "--key-file", path("member.key"), "--trusted-ca-file", authority,
            "--client-cert-auth",
        ]
    }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Words that are names of files end in their kind.
    private func openssl(_ arguments: String) throws {
        let words = arguments.split(separator: " ")
            .map { word in
                let isFile = word == "names" || [".pem", ".key", ".csr"].contains { word.hasSuffix($0) }
                return isFile ? path(String(word)) : String(word)
            }
        try Spawn.run(["openssl"] + words)
    }
}
