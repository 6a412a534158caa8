import Foundation
import Glibc

/// A process that a test started: its lines, its end, and signals to it.
final class Program: Sendable {
    let name: String
    let pid: pid_t
    let output = LineLog()
    let errors = LineLog()
    private let ending = Ending()

    /// Starts a program that is found as a shell would find it.
    init(_ path: String, _ arguments: [String], environment: [String: String]) throws {
        name = ([URL(filePath: path).lastPathComponent] + arguments.prefix(1)).joined(separator: " ")
        let spawned = try spawn(path, arguments, environment: environment)
        pid = spawned.pid
        let readers = [Self.read(spawned.output, into: output), Self.read(spawned.errors, into: errors)]
        Self.reap(pid, after: readers, into: ending)
    }

    var hasEnded: Bool { ending.reason != nil }

    func signal(_ number: Int32) { ending.signal(number, to: pid) }

    /// The process does not hear it coming.
    func kill9() async throws {
        signal(SIGKILL)
        _ = try await ended()
    }

    /// Waits for its end. Its last lines are in the logs by then.
    func ended(within limit: Duration = .patience) async throws -> Ending.Reason {
        let reason = try await withDeadline(limit, "\(name) ends") { [ending] in await ending.wait() }
        guard let reason else { throw CancellationError() }
        return reason
    }

    /// Waits for a line of standard output that holds `text`.
    @discardableResult
    func line(containing text: String, within limit: Duration = .patience) async throws -> String {
        try await line("'\(text)'", within: limit) { $0.contains(text) }
    }

    /// Waits for a line of standard error that holds `text`.
    func note(containing text: String, within limit: Duration = .patience) async throws {
        let line = try await withDeadline(limit, "\(name) complains of '\(text)'") { [errors] in
            await errors.first { $0.contains(text) }
        }
        if line == nil { throw Unmet(description: "\(name) ended without complaining of '\(text)'") }
    }

    /// Waits for the first line of standard output, from number `start` on, that matches.
    @discardableResult
    func line(
        _ what: String, from start: Int = 0, within limit: Duration = .patience,
        where matches: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        let line = try await withDeadline(limit, "\(name) prints \(what)") { [output] in
            await output.first(from: start, where: matches)
        }
        guard let line else { throw Unmet(description: "\(name) ended without printing \(what)") }
        return line
    }

    /// What it printed, for the report of a failed test.
    var transcript: String {
        let end = ending.reason.map { "\($0)" } ?? "running"
        let lines = output.lines.suffix(40).map { "  \($0)" } + errors.lines.suffix(40).map { "  ! \($0)" }
        return (["\(name) (\(end))"] + lines).joined(separator: "\n")
    }

    private static func read(_ descriptor: Int32, into log: LineLog) -> DispatchSemaphore {
        let done = DispatchSemaphore(value: 0)
        Thread {
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                log.append(buffer[..<count])
            }
            close(descriptor)
            log.close()
            done.signal()
        }
        .start()
        return done
    }

    private static func reap(_ pid: pid_t, after readers: [DispatchSemaphore], into ending: Ending) {
        Thread {
            for reader in readers { reader.wait() }
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            ending.set(Ending.Reason(waitStatus: status))
        }
        .start()
    }
}
