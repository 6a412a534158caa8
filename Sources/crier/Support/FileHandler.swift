import CrierClient
import Glibc
import NIOPosix

/// Runs a program with a verified file's path and says how it ended.
struct FileHandler: Sendable {
    let program: String
    /// Threads that only wait for programs to end; no more of these run than an agent hands out files at once.
    private static let waiters: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: AgentConfiguration.defaultHandlers)
        pool.start()
        return pool
    }()

    func handle(_ file: AgentConfiguration.ReceivedFile) async -> AgentConfiguration.Handling {
        let extra = [
            "CRIER_FILE_ID=\(file.order.fileID)", "CRIER_FILE_NAME=\(file.order.name)",
            "CRIER_MESSAGE_ID=\(file.order.messageID)",
        ]
        switch Self.spawn([program, file.path], extra) {
        case .failure(let reason): return .failed("\(program): \(reason.text)")
        case .success(let process): return await ending(of: process)
        }
    }

    /// When the agent leaves, the program is asked to end too; its file is handled again by the next agent.
    private func ending(of process: pid_t) async -> AgentConfiguration.Handling {
        let status = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Self.waiters.submit { _ in continuation.resume(returning: Self.wait(for: process)) }
            }
        } onCancel: {
            kill(process, SIGTERM)
        }
        if status & 0x7F != 0 { return .failed("\(program): ended by signal \(status & 0x7F)") }
        let code = status >> 8 & 0xFF
        return code == 0 ? .installed : .failed("\(program): exit status \(code)")
    }

    private struct SpawnError: Error { var text: String }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func spawn(_ arguments: [String], _ extra: [String]) -> Result<pid_t, SpawnError> {
        var inherited: [String] = []
        var variable = environ
        while let pointer = variable.pointee {
            inherited.append(String(cString: pointer))
            variable += 1
        }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = (inherited + extra).map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        // Signals that we ignore or block must not be ignored or blocked in a program that knows nothing of us.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var process: pid_t = 0
        let failure = posix_spawnp(&process, arguments[0], nil, &attributes, &argv, &envp)
        return failure == 0 ? .success(process) : .failure(SpawnError(text: String(cString: strerror(failure))))
    }
}
