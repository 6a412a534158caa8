import Foundation
import Glibc
import Synchronization

/// The processes and the directory of one test. Both are gone when it is over.
final class Scenario: Sendable {
    /// The program under test: `CRIER_BIN`, or the one that was built beside these tests.
    static let crier = ProcessInfo.processInfo.environment["CRIER_BIN"] ?? built("crier")

    /// A program that was built beside these tests.
    static func built(_ name: String) -> String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name).path
    }

    let directory: URL
    private let programs = Mutex<[Program]>([])

    /// Runs a test. What its processes printed is part of the failure.
    /// - Parameter inMemory: its directory is there, where the system has a place for that.
    static func run(inMemory: Bool = false, _ body: (Scenario) async throws -> Void) async throws {
        let scenario = try Scenario(inMemory: inMemory)
        do {
            try await body(scenario)
        } catch {
            let transcripts = scenario.programs.withLock { $0.map(\.transcript) }
            await scenario.end()
            throw Unmet(description: (["\(error)"] + transcripts).joined(separator: "\n\n"))
        }
        await scenario.end()
    }

    private init(inMemory: Bool) throws {
        let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
        let isThere = inMemory && FileManager.default.fileExists(atPath: memory.path)
        let parent = isThere ? memory : FileManager.default.temporaryDirectory
        directory = parent.appending(path: "crier-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Starts a program that the scenario ends.
    func start(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Program {
        // Settings of whoever runs the tests must not reach the program.
        let ours = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CRIER_") }
        let program = try Program(path, arguments, environment: ours.merging(environment) { $1 })
        programs.withLock { $0.append(program) }
        return program
    }

    func crier(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
        try start(Self.crier, arguments, environment: environment)
    }

    /// Runs a program to its end.
    func finish(
        _ path: String, _ arguments: [String], within limit: Duration = .patience
    ) async throws -> Finished {
        let program = try start(path, arguments)
        let reason = try await program.ended(within: limit)
        return Finished(reason: reason, output: program.output.lines, errors: program.errors.lines)
    }

    /// The same, for a program that must succeed. Returns its standard output.
    @discardableResult
    func succeed(_ path: String, _ arguments: [String], within limit: Duration = .patience) async throws -> [String] {
        let finished = try await finish(path, arguments, within: limit)
        guard finished.status == 0 else {
            throw Unmet(description: "\(path) \(arguments.joined(separator: " ")): \(finished.reason)")
        }
        return finished.output
    }

    private func end() async {
        let all = programs.withLock { $0 }
        for program in all { program.signal(SIGKILL) }
        for program in all { _ = try? await program.ended() }
        try? FileManager.default.removeItem(at: directory)
    }
}

/// A program that has run to its end.
struct Finished: Sendable {
    let reason: Ending.Reason
    let output: [String]
    let errors: [String]

    /// The exit status; nil when a signal ended it.
    var status: Int32? {
        if case .exited(let status) = reason { status } else { nil }
    }

    var text: String { (output + errors).joined(separator: "\n") }
}
