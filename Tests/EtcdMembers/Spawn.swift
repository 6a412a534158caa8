import Foundation

/// Starts programs without what `Foundation.Process` brings: it takes a process for running as long as anybody has
/// inherited a socket of it, which processes do that other tests start at the same moment.
enum Spawn {
    /// Starts a program that is found as a shell would find it.
    /// - Parameters:
    ///   - input: becomes its standard input; nil: nothing.
    ///   - output: becomes its standard output; nil: nowhere, errors neither.
    static func start(_ arguments: [String], input: Int32? = nil, output: Int32? = nil) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            for number: Int32 in 1...2 {
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
            }
        }
        // Descriptors of other tests, inherited by chance, must not stay open in it: a listening socket kept its port.
        let script =
            #"for file in /proc/$$/fd/*; do (( ${file##*/} < 3 )) || eval "exec ${file##*/}>&-"; done; exec "$@""#
        let argv = (["bash", "-c", script, "bash"] + arguments).map { strdup($0) } + [nil]
        let environment = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + environment { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, "bash", &actions, nil, argv, environment)
        guard failure == 0 else {
            throw EtcdMemberError(description: "\(arguments[0]) does not start: \(String(cString: strerror(failure)))")
        }
        return pid
    }

    /// Returns when the process has ended, whether it did so with status 0.
    @discardableResult
    static func end(of pid: pid_t) -> Bool {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }

    /// Runs a program that must succeed.
    static func run(_ arguments: [String]) throws {
        guard end(of: try start(arguments)) else {
            throw EtcdMemberError(description: "\(arguments.joined(separator: " ")) has failed")
        }
    }
}
