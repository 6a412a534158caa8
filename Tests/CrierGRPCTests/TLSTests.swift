import CrierGRPC
import CrierHTTP2
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// TLS over real sockets, with certificates that openssl makes for the test.
@Suite struct TLSTests {
    /// An authority with a server's and a client's certificate, in a directory of its own.
    struct Certificates {
        let directory: URL

        init() throws {
            directory = FileManager.default.temporaryDirectory.appendingPathComponent("crier-tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")
            for name in ["server", "client"] {
                try openssl("req -newkey rsa:2048 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr")
                try "subjectAltName=IP:127.0.0.1,DNS:localhost\n"
                    .write(to: directory.appendingPathComponent("san"), atomically: true, encoding: .utf8)
                try openssl(
                    "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out \(name).pem"
                )
            }
        }

        func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
        func identity(_ name: String) -> TLSIdentity {
            TLSIdentity(certificateFile: path("\(name).pem"), keyFile: path("\(name).key"))
        }
        func remove() { try? FileManager.default.removeItem(at: directory) }

        private func openssl(_ arguments: String) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = arguments.split(separator: " ").map(String.init)
            process.currentDirectoryURL = directory
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(arguments)")
        }
    }

    /// Answers with whether the caller showed a certificate.
    private static var methods: MethodTable {
        var methods = MethodTable()
        methods.addAsync("Who", service: "test.TLS") { call in
            _ = try await call.request()
            try await call.send(FramedMessage(call.context.peer.certificateDER == nil ? "nobody" : "somebody"))
        }
        return methods
    }

    private func ask(
        _ certificates: Certificates, clientAuthority: Bool, client: NIOSSLContext
    ) async throws -> String {
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = GRPCServerConfiguration.patient
        configuration.http2.tls = try .server(
            identity: certificates.identity("server"),
            clientAuthorityFile: clientAuthority ? certificates.path("ca.pem") : nil
        )
        let server = try await GRPCServer.bind(
            host: "127.0.0.1", port: 0, methods: Self.methods, configuration: configuration, group: group
        )
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            var channelConfiguration = ChannelConfiguration.patient
            channelConfiguration.http2.tls = client
            let channel = GRPCChannel(
                targets: [HostPort(host: "localhost", port: server.localPort)],
                configuration: channelConfiguration, group: group
            )
            let result: Result<String, any Error>
            do {
                result = .success(String(buffer: try await channel.unary("test.TLS/Who", FramedMessage("?"))))
            } catch {
                result = .failure(error)
            }
            await channel.shutdown()
            await server.shutdown(grace: .zero)
            tasks.cancelAll()
            return try result.get()
        }
    }

    @Test("A client that trusts the authority is served")
    func trusted() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let client = try NIOSSLContext.client(authorityFile: certificates.path("ca.pem"), identity: nil)
        #expect(try await ask(certificates, clientAuthority: false, client: client) == "nobody")
    }

    @Test("A client that does not trust the authority says why it is not connected")
    func untrusted() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let client = try NIOSSLContext.client(authorityFile: nil, identity: nil)
        let status = await #expect(throws: GRPCStatus.self) {
            try await ask(certificates, clientAuthority: false, client: client)
        }
        #expect(status?.code == .unavailable)
        #expect(status?.message.lowercased().contains("certificate") == true)
    }

    @Test("With mutual TLS the method knows the client's certificate")
    func mutual() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let client = try NIOSSLContext.client(
            authorityFile: certificates.path("ca.pem"), identity: certificates.identity("client")
        )
        #expect(try await ask(certificates, clientAuthority: true, client: client) == "somebody")
    }

    @Test("With mutual TLS a client without a certificate is refused")
    func missingClientCertificate() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let client = try NIOSSLContext.client(authorityFile: certificates.path("ca.pem"), identity: nil)
        let status = await #expect(throws: GRPCStatus.self) {
            try await ask(certificates, clientAuthority: true, client: client)
        }
        #expect(status?.code == .unavailable)
    }
}
