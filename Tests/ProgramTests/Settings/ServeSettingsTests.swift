import CrierCore
import CrierGRPC
import CrierStorage
import Testing

@testable import crier

@Suite("Settings of serve")
struct ServeSettingsTests {
    private static let names = ServeSettings.Name.allCases.map(\.rawValue)

    private func settings(
        _ flags: [String: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) throws(SettingError) -> ServeSettings {
        let file: SettingsFile? =
            if let file {
                try SettingsFile(
                    path: "crier.yaml", text: file, allowed: Self.names, mappings: ServeSettings.Name.mappings)
            } else { nil }
        return try ServeSettings(SettingLayers(flags: flags, environment: environment, file: file))
    }

    private func refusal(
        _ flags: [String: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) -> String {
        do throws(SettingError) {
            _ = try settings(flags, environment: environment, file: file)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("Without a word it listens on loopback alone")
    func defaults() throws {
        let settings = try settings()
        #expect(settings.grpc.description == "127.0.0.1:6565")
        #expect(settings.http.description == "127.0.0.1:8080")
        #expect(settings.tls == nil)
        #expect(!settings.nodeID.rawValue.isEmpty)
    }

    @Test("A flag goes before the environment, and that before the file")
    func order() throws {
        let file = "node-id: from-file\ngrpc: 127.0.0.1:1\nhttp: 127.0.0.1:1\n"
        let environment = ["CRIER_GRPC": "127.0.0.1:2", "CRIER_HTTP": "127.0.0.1:2"]
        let settings = try settings(["http": "127.0.0.1:3"], environment: environment, file: file)
        #expect(settings.nodeID.rawValue == "from-file")
        #expect(settings.grpc.port == 2)
        #expect(settings.http.port == 3)
    }

    @Test("A rate is a number of bytes with its unit; none is no limit")
    func rate() throws {
        #expect(try settings().downloadRate == 0)
        #expect(try settings(["download-rate": "10M"]).downloadRate == 10 << 20)
        #expect(try settings(file: "download-rate: 500k\n").downloadRate == 500 << 10)
    }

    @Test("An empty variable says nothing")
    func emptyVariable() throws {
        #expect(try settings(environment: ["CRIER_GRPC": ""]).grpc.port == 6565)
    }

    @Test(
        "A wrong value is refused with its setting, itself and what is allowed",
        arguments: [
            ("grpc", "nonsense", "HOST:PORT"), ("grpc", "127.0.0.1:65536", "HOST:PORT"), ("http", ":80", "HOST:PORT"),
            ("drain-time", "10", "duration"), ("drain-time", "-1s", "duration"), ("drain-time", "31m", "30m"),
            ("heartbeat-interval", "99ms", "100ms"), ("heartbeat-interval", "9999999999999999m", "duration"),
            ("download-rate", "0", "4.00 KiB"), ("download-rate", "fast", "10M"), ("download-rate", "2T", "1.00 TiB"),
            ("log-level", "loud", "warning"), ("insecure", "maybe", "true or false"),
            ("node-id", String(repeating: "n", count: 256), "255"), ("data-dir", "", "path"),
            ("kv-durability", "most", "full, normal"), ("kv-access", "all", "loopback, any"),
            ("kv-quota-keys", "a=1=2", "*=1000"), ("kv-quota-keys", "a b c/=5", "*=1000"),
            ("kv-quota-keys", "1,2", "each name once"), ("kv-quota-keys", "a=1,a=2", "each name once"),
            ("kv-quota-keys", "", "number"), ("kv-retention-revisions", "0", "from 1"),
            ("kv-retention-age", "3651d", "3650d"), ("kv-retention-bytes", "1k", "1.00 MiB"),
        ]
    )
    func wrongValue(_ name: String, _ value: String, _ allowed: String) {
        for message in [
            refusal([name: value]),
            value.isEmpty ? "--\(name)" : refusal(environment: [SettingLayers.variable(name): value]),
        ] where message != "--\(name)" {
            #expect(message.contains(name) || message.contains(SettingLayers.variable(name)))
            #expect(message.contains("\"\(value)\""))
            #expect(message.contains(allowed))
        }
    }

    @Test("A refusal says where the value stands")
    func origin() {
        #expect(refusal(["grpc": "x"]).hasPrefix("--grpc"))
        #expect(refusal(environment: ["CRIER_GRPC": "x"]).contains("CRIER_GRPC"))
        #expect(refusal(file: "# a comment\ngrpc: x\n").contains("crier.yaml, line 2: grpc"))
    }

    @Test("An unknown key of the file is refused with its line and the keys that there are")
    func unknownKey() {
        let message = refusal(file: "grpc: 127.0.0.1:0\ngrcp: 127.0.0.1:0\n")
        #expect(message.contains("line 2"))
        #expect(message.contains("\"grcp\""))
        #expect(message.contains("data-dir"))
    }

    @Test(
        "A file that is not lines of names and values is refused, naming it",
        arguments: ["- a\n- b\n", "grpc: [a, b]\n", "grpc: {a: b}\n", "just text", "a: b: c", "grpc: x\ngrpc: y\n"]
    )
    func wrongFile(_ text: String) {
        #expect(refusal(file: text).contains("crier.yaml"))
    }

    @Test("A file of nothing but comments sets nothing", arguments: ["", "# nothing\n", "\n\n"])
    func emptyFile(_ text: String) throws {
        #expect(try settings(file: text).grpc.port == 6565)
    }

    @Test("Numbers and words that YAML has types for come as they are written")
    func scalars() throws {
        let settings = try settings(file: "node-id: 0777\ninsecure: yes\ngrpc: \"0.0.0.0:6565\"\n")
        #expect(settings.nodeID.rawValue == "0777")
        #expect(settings.grpc.host == "0.0.0.0")
    }

    @Test(
        "Clear text on any address but loopback is refused, and the refusal says what to add",
        arguments: ["0.0.0.0:1", "[::]:1", "10.0.0.7:1", "gateway.example:1", "127.evil.example:1"]
    )
    func clearText(_ address: String) throws {
        for name in ["grpc", "http"] {
            #expect(refusal([name: address]).contains("--insecure"))
            #expect(try settings([name: address, "insecure": "true"]).tls == nil)
        }
    }

    @Test("Loopback needs no permission", arguments: ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"])
    func loopback(_ address: String) throws {
        _ = try settings(["grpc": address, "http": address])
    }

    @Test("TLS lets gRPC on any address, and HTTP stays where it is")
    func tls() throws {
        let tls = ["tls-cert": "c.pem", "tls-key": "k.pem", "grpc": "0.0.0.0:6565"]
        #expect(try settings(tls).tls == .init(certificateFile: "c.pem", keyFile: "k.pem", clientAuthorityFile: nil))
        #expect(refusal(tls.merging(["http": "0.0.0.0:8080"]) { $1 }).contains("--insecure"))
    }

    @Test("Quotas are one number, names with numbers, or a mapping of the file")
    func quotas() throws {
        let app = StoreNamespace(constant: "app")
        #expect(try settings(["kv-quota-keys": "1000"]).keyValue.store.quotas.keys.standard == 1_000)
        let keys = try settings(["kv-quota-keys": "*=1000, app=50"]).keyValue.store.quotas.keys
        #expect(keys.standard == 1_000)
        #expect(keys.overrides == [app: 50])
        let bytes = try settings(file: "kv-quota-bytes: {app: 10M}\n").keyValue.store.quotas.bytes
        #expect(bytes.standard == nil)
        #expect(bytes.overrides == [app: 10 << 20])
        #expect(refusal(file: "kv-quota-keys: {app: [1]}\n").contains("line 1"))
    }

    @Test("Half of what TLS needs is refused, naming the other half")
    func halfTLS() {
        #expect(refusal(["tls-cert": "c.pem"]).contains("tls-key is missing"))
        #expect(refusal(["tls-key": "k.pem"]).contains("tls-cert is missing"))
        #expect(refusal(["tls-client-ca": "a.pem"]).contains("tls-cert and tls-key are missing"))
    }
}
