import CrierGRPC
import Testing

@testable import crier

@Suite("Settings of nodes among each other")
struct PeerSettingsTests {
    private func settings(_ flags: [String: String] = [:]) throws(SettingError) -> ServeSettings {
        try ServeSettings(SettingLayers(flags: flags, environment: [:], file: nil))
    }

    private func refusal(_ flags: [String: String]) -> String {
        do throws(SettingError) {
            _ = try settings(flags)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("Without a word other nodes reach it on this machine only, where it listens")
    func defaults() throws {
        let peers = try settings().peers
        #expect(peers.listen.description == "127.0.0.1:6566")
        #expect(peers.advertised(port: 6566).description == "127.0.0.1:6566")
    }

    @Test("What is advertised is what others dial")
    func advertise() throws {
        let flags = [
            "peer-listen": "0.0.0.0:0", "advertise": "n1.example:6566", "peer-secret": "f", "insecure": "true",
        ]
        #expect(try settings(flags).peers.advertised(port: 40_000).description == "n1.example:6566")
        #expect(try settings(["peer-listen": "127.0.0.1:0"]).peers.advertised(port: 7).description == "127.0.0.1:7")
        #expect(refusal(["advertise": "n1.example:0"]).contains("advertise"))
    }

    @Test("Agents are sent to where it listens for them, unless that is every address of the machine")
    func advertiseGRPC() throws {
        let address = HostPort(host: "10.0.0.1", port: 6565)
        let all = HostPort(host: "0.0.0.0", port: 6565)
        #expect(try settings().peers.advertisedGRPC(address) == address)
        #expect(try settings().peers.advertisedGRPC(all) == nil)
        #expect(try settings(["advertise-grpc": "gw:1"]).peers.advertisedGRPC(all) == HostPort(host: "gw", port: 1))
        #expect(refusal(["advertise-grpc": "gw:0"]).contains("advertise-grpc"))
    }

    @Test("Clients even out unless somebody says no")
    func balance() throws {
        #expect(try settings().peers.balances)
        #expect(try !settings(["balance": "off"]).peers.balances)
        #expect(refusal(["balance": "maybe"]).contains("on or off"))
    }

    @Test("Limits of clients and connects are none unless they are given")
    func admission() throws {
        #expect(try settings().maxSessions == nil && settings().maxConnectRate == nil)
        let given = try settings(["max-sessions": "1000", "max-connect-rate": "50"])
        #expect(given.maxSessions == 1_000 && given.maxConnectRate == 50)
        #expect(refusal(["max-sessions": "0"]).contains("max-sessions"))
        #expect(refusal(["max-connect-rate": "-1"]).contains("max-connect-rate"))
    }

    @Test("A peer door that others reach asks for a secret or certificates, and for TLS unless told otherwise")
    func protection() {
        let open = ["peer-listen": "10.0.0.1:6566"]
        let tls = ["tls-cert": "c", "tls-key": "k"]
        #expect(refusal(open).contains("add --peer-secret"))
        #expect(refusal(open.merging(tls) { $1 }).contains("add --peer-secret"))
        #expect(refusal(open.merging(["peer-secret": "f"]) { $1 }).contains("clear text"))
        #expect(refusal(open.merging(["peer-secret": "f", "insecure": "true"]) { $1 }) == "")
        #expect(refusal(open.merging(tls) { $1 }.merging(["peer-secret": "f"]) { $1 }) == "")
        #expect(refusal(open.merging(tls) { $1 }.merging(["peer-ca": "a"]) { $1 }) == "")
        #expect(refusal(["peer-ca": "a"]).contains("tls-cert"))
    }
}
