import Glibc
import Synchronization

/// A named process of the cluster, which can be ended in any way and started again with what it has.
final class ClusterProcess: Sendable {
    let name: String
    private let launch: @Sendable () throws -> Program
    private let running = Mutex<Program?>(nil)

    init(_ name: String, launch: @escaping @Sendable () throws -> Program) {
        self.name = name
        self.launch = launch
    }

    /// The process as it was started last.
    var program: Program? { running.withLock { $0 } }

    @discardableResult
    func start() throws -> Program {
        let program = try launch()
        running.withLock { $0 = program }
        return program
    }

    /// Ends it as a power cut does. It is gone when this returns.
    func kill9() async throws { try await program?.kill9() }

    /// Asks it to end, and waits until it has.
    func end() async throws -> Ending.Reason? {
        program?.signal(SIGTERM)
        return try await program?.ended()
    }

    /// It does nothing any more; its connections stay open.
    func freeze() { program?.signal(SIGSTOP) }

    func thaw() { program?.signal(SIGCONT) }
}

/// A node: `crier serve`.
struct ClusterNode: Sendable {
    let process: ClusterProcess
    let grpc: String
    let http: String

    var name: String { process.name }

    /// Starts it, and waits until it takes agents.
    func start() async throws { _ = try await Gateway(ready: process.start()) }

    /// GET at its HTTP port: the status and the body.
    func get(_ path: String, _ scenario: Scenario) async throws -> (status: Int, body: [String]) {
        let arguments = ["--silent", "--max-time", "300", "--write-out", "\n%{http_code}", "http://\(http)\(path)"]
        let lines = try await scenario.succeed("curl", arguments)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast())
    }

    /// The sum of a metric over those of its labels that hold `label`.
    func metric(_ name: String, label: String = "", _ scenario: Scenario) async throws -> Double {
        try await get("/metrics", scenario).body
            .filter { ($0.hasPrefix(name + " ") || $0.hasPrefix(name + "{")) && (label.isEmpty || $0.contains(label)) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .reduce(0, +)
    }
}

/// A member of etcd.
struct StoreMember: Sendable {
    let process: ClusterProcess
    let address: String
    /// A command that runs where the member can be reached.
    let prefix: [String]

    var name: String { process.name }

    /// Whether it answers that it and its cluster are well.
    func isHealthy(_ scenario: Scenario) async throws -> Bool {
        try await ask("health", [], scenario).contains("\"true\"")
    }

    /// Whether it says that it leads.
    func leads(_ scenario: Scenario) async throws -> Bool {
        let answer = try await ask("v3/maintenance/status", ["--data", "{}"], scenario)
        guard let own = Self.number("member_id", in: answer), let leader = Self.number("leader", in: answer) else {
            return false
        }
        return own == leader
    }

    private func ask(_ path: String, _ more: [String], _ scenario: Scenario) async throws -> String {
        let command = prefix + ["curl", "--silent", "--max-time", "5"] + more + ["http://\(address)/\(path)"]
        return try await scenario.finish(command[0], Array(command.dropFirst())).text
    }

    /// A number of a JSON text in quotes, as etcd writes those of 64 bits.
    private static func number(_ name: String, in text: String) -> String? {
        guard let range = text.firstRange(of: "\"\(name)\":\"") else { return nil }
        return text[range.upperBound...].split(separator: "\"").first.map(String.init)
    }
}
