import ArgumentParser
import CrierClient
import CrierGRPC
import Testing

@testable import crier

@Suite("The command line")
struct CommandLineTests {
    private func isRefused(_ arguments: String...) -> Bool {
        do {
            _ = try Crier.parseAsRoot(arguments)
            return false
        } catch {
            return Crier.exitCode(for: error) == .validationFailure
        }
    }

    @Test("A push has exactly one content")
    func pushContent() throws {
        #expect(isRefused("push", "a"))
        #expect(isRefused("push", "a", "--text", "x", "--event", "y"))
        #expect(isRefused("push", "a", "--text", "x", "--limit-rate", "1M"))
        let push = try #require(try Crier.parseAsRoot(["push", "a", "--text", ""]) as? PushCommand)
        #expect(push.client == "a" && push.text == "")
        let controls = try ["--pause", "--resume", "--cancel"].map { try Crier.parseAsRoot(["push", "a", $0, "f"]) }
        #expect(controls.allSatisfy { $0 is PushCommand })
        #expect(isRefused("push", "a", "--pause", "f", "--resume", "f"))
        #expect(isRefused("push", "a", "--pause", "f", "--wait-for", "received"))
        #expect(isRefused("push", "a", "--text", "x", "--wait-for", "read"))
    }

    @Test("A gateway is HOST:PORT, and several are a list")
    func gateways() throws {
        #expect(isRefused("clients", "--gateway", "nonsense"))
        #expect(isRefused("clients", "--gateway", "host:0"))
        #expect(isRefused("clients", "--gateway", "host:65536"))
        #expect(isRefused("clients", "--tls-cert", "a.pem"))
        let list = try #require(try Crier.parseAsRoot(["clients", "--gateway", "a:1,[::1]:2"]) as? ClientsCommand)
        #expect(try list.gateway.configuration().targets.map(\.description) == ["a:1", "[::1]:2"])
        #expect(try list.gateway.configuration().tls == nil)
    }

    @Test("Where the gateway is stands in a flag, the environment or a file, which count in that order")
    func gatewaySettings() throws {
        let text = "gateway: file:1,other:2\ntls-ca: ca.pem\n"
        let allowed = GatewayOptions.Name.allCases.map(\.rawValue)
        let file = try SettingsFile(path: "client.yaml", text: text, allowed: allowed)
        func hosts(_ flags: [String: String] = [:], _ environment: [String: String] = [:]) throws -> [String] {
            let layers = SettingLayers(flags: flags, environment: environment, file: file)
            return try GatewayOptions().configuration(layers).targets.map(\.host)
        }
        #expect(try hosts() == ["file", "other"])
        #expect(try hosts([:], ["CRIER_GATEWAY": "env:1"]) == ["env"])
        #expect(try hosts(["gateway": "flag:1"], ["CRIER_GATEWAY": "env:1"]) == ["flag"])
        let tls = try GatewayOptions().configuration(SettingLayers(flags: [:], environment: [:], file: file)).tls
        #expect(tls?.authorityFile == "ca.pem")
        #expect(throws: SettingError.self) { try SettingsFile(path: "x", text: "data-dir: d\n", allowed: allowed) }
        #expect(throws: SettingError.self) { try hosts(["tls-cert": "c.pem"]) }
        #expect(isRefused("clients", "--config", "/nowhere/client.yaml"))
    }

    @Test("An agent's options are checked before it connects")
    func agent() throws {
        #expect(isRefused("agent"))
        #expect(isRefused("agent", "--id", "a", "--label", "no-value"))
        #expect(isRefused("agent", "--id", "a", "--on-file", "x"))
        #expect(isRefused("agent", "--id", "a", "--max-downloads", "0"))
        #expect(isRefused("agent", "--id", "a", "--limit-rate", "fast"))
        let arguments = ["agent", "--id", "a", "--label", "k=v=w", "--label", "e=", "--limit-rate", "10M"]
        let agent = try #require(try Crier.parseAsRoot(arguments) as? AgentCommand)
        #expect(agent.label.map(\.key) == ["k", "e"] && agent.label.map(\.value) == ["v=w", ""])
        #expect(agent.limitRate == ByteCount(10_485_760))
    }

    @Test("Every command explains itself with an example")
    func help() {
        for command in Crier.configuration.subcommands where command != VersionCommand.self {
            let configuration = command.configuration
            #expect(!configuration.abstract.isEmpty)
            #expect(configuration.discussion.contains("crier \(configuration.commandName ?? "")"))
        }
    }

    @Test("No help text is broken in the middle of an example or of a paragraph's line")
    func helpFits() {
        var commands: [any ParsableCommand.Type] = [Crier.self]
        while let command = commands.popLast() {
            let configuration = command.configuration
            commands += configuration.subcommands
            let lines = configuration.discussion.split(separator: "\n", omittingEmptySubsequences: false)
            for (line, next) in zip(lines, lines.dropFirst() + [""]) where line.hasPrefix(" ") || !next.isEmpty {
                // A paragraph in one line is wrapped by the parser; what has a shape of its own must fit.
                #expect(line.count <= 80, "\(configuration.commandName ?? ""): \(line)")
            }
        }
    }
}
