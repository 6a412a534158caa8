import Glibc
import Synchronization

/// A process that has just been started, and the ends of its pipes from which we read.
struct Spawned {
    let pid: pid_t
    let output: Int32
    let errors: Int32
}

/// One start at a time: a process that starts between another's `pipe` and `fcntl` would inherit the pipe, and keep it
/// open as long as it lives. (Glibc's module does not show pipe2.)
private let oneAtATime = Mutex(())

/// Starts a process without input. It is found as a shell would find it.
func spawn(_ path: String, _ arguments: [String], environment: [String: String]) throws -> Spawned {
    try oneAtATime.withLock { _ in
        let output = try Pipe()
        let errors = try Pipe()
        defer {
            close(output.write)
            close(errors.write)
        }
        let pid = try spawn([path] + arguments, environment, output.write, errors.write)
        return Spawned(pid: pid, output: output.read, errors: errors.read)
    }
}

private struct Pipe {
    let read: Int32
    let write: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Unmet(description: "pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (read, write) = (ends[0], ends[1])
    }
}

private func spawn(
    _ arguments: [String], _ environment: [String: String], _ output: Int32, _ errors: Int32
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)

    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, arguments[0], &actions, nil, argv, envp)
    guard failure == 0 else {
        throw Unmet(description: "\(arguments[0]) does not start: \(String(cString: strerror(failure)))")
    }
    return pid
}
