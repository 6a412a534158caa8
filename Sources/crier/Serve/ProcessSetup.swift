import Glibc

/// What a server asks of the system before it begins.
enum ProcessSetup {
    /// A peer that closes while we write must be an error of that connection, not the end of the process.
    static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Each agent is a descriptor; the soft limit of 1,024 is for programs that use select(2). Returns the new limit.
    @discardableResult
    static func raiseDescriptorLimit() -> UInt64 {
        // RLIMIT_NOFILE; the name's type differs between C libraries' Swift modules.
        let resource = __rlimit_resource_t(7)
        var limit = rlimit()
        getrlimit(resource, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
        getrlimit(resource, &limit)
        return UInt64(limit.rlim_cur)
    }

    /// Says why on standard error and ends at once: what is on the disk is all that counts now.
    static func die(_ reason: String) -> Never {
        let line = "crier: \(reason)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        _exit(EX_IOERR)
    }
}
