import Testing

/// The program as its users run it: real processes, real sockets, real disks. One scenario at a time, since each wants
/// the machine's cores for itself.
@Suite("Real processes", .serialized, .timeLimit(.minutes(20)))
struct RealProcesses {}
