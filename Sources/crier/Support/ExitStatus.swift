import ArgumentParser
import CrierClient

/// How the program ends, for scripts. The numbers of sysexits.h where there is one.
enum ExitStatus: Int32 {
    case asAsked = 0
    case notAsAsked = 1
    case usage = 64
    case unavailable = 69
    case disk = 74
    case tryLater = 75
    case notPermitted = 77
    case interrupted = 130

    static let help = """
        Exit status:
          0    what was asked for happened
          1    it did not: client not connected, file unknown, gateway refused
          64   the command line is wrong
          69   the gateway cannot be reached
          74   this machine's disk is full or failed
          75   not now: the gateway is full, or a deadline passed
          77   the gateway does not permit it
          130  interrupted; what can be gone on with was kept
        """

    init(_ code: CrierClientError.Code) {
        self =
            switch code {
            case .unavailable: .unavailable
            case .noSpace, .io, .locked: .disk
            case .busy, .deadlineExceeded: .tryLater
            case .notPermitted: .notPermitted
            case .cancelled: .interrupted
            case .invalidArgument, .notFound, .changed, .outOfRange, .dataLoss, .truncated, .protocolViolation,
                .superseded, .unsupported, .internalError:
                .notAsAsked
            }
    }

    var exitCode: ExitCode { ExitCode(rawValue) }
}

/// Runs a command's work and turns what the SDK throws into a line on standard error and an exit status.
func reportingErrors(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as CrierClientError {
        Output.note("crier: \(error)")
        throw ExitStatus(error.code).exitCode
    }
}
