import Foundation
import Synchronization

/// A process that ends with this one, however that ends.
///
/// A shell holds it: when the shell's input is closed, which the end of this process does, it kills what it holds.
final class LeashedProcess: Sendable {
    /// Of the program itself.
    let pid: pid_t
    private let shell: pid_t
    private let leash: Mutex<Int32?>

    /// Starts a program that is found as a shell would find it. What it prints goes to `etcd.log` in `directory`, which
    /// is removed when this process ends.
    init(_ command: [String], in directory: URL) throws {
        let script = #"""
            cd "$1" || exit
            shift
            "$@" </dev/null >etcd.log 2>&1 & echo $!
            if read -r _; then kill -KILL $!; wait; else kill -KILL $!; wait; rm -rf "$PWD"; fi
            """#
        let input = try Self.pipe()
        let output = try Self.pipe()
        defer {
            close(input.read)
            close(output.read)
        }
        do {
            defer { close(output.write) }
            shell = try Spawn.start(
                ["bash", "-c", script, "bash", directory.path] + command, input: input.read, output: output.write
            )
        } catch {
            close(input.write)
            throw error
        }
        leash = Mutex(input.write)
        pid = try Self.firstLine(of: output.read)
    }

    deinit { end() }

    /// Kills the program, which leaves behind what it has, and returns when it is gone.
    func end() {
        guard let leash = leash.withLock({ $0.take() }) else { return }
        // A line instead of the end: the directory stays.
        _ = write(leash, "\n", 1)
        Spawn.end(of: shell)
        close(leash)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw EtcdMemberError(description: "pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func firstLine(of descriptor: Int32) throws -> pid_t {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        guard let pid = pid_t(String(decoding: line, as: UTF8.self)) else {
            throw EtcdMemberError(description: "etcd cannot be started; scripts/setup installs it")
        }
        return pid
    }
}
