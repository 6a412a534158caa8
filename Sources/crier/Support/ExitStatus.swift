import ArgumentParser
import CrierClient
import CrierStorage

/// How the program ends, for scripts. The numbers of sysexits.h where there is one.
enum ExitStatus: Int32 {
    case asAsked = 0
    case notAsAsked = 1
    case absent = 2
    case unknown = 3
    case usage = 64
    case unavailable = 69
    case disk = 74
    case tryLater = 75
    case notPermitted = 77
    case interrupted = 130

    static let help = """
        Exit status:
          0    what was asked for happened
          1    it did not: client not connected, file unknown, condition not met,
               gateway refused
          2    there is no such key (kv)
          3    it may have happened or not: the answer was lost (kv)
          64   the command line is wrong
          69   the gateway cannot be reached
          74   this machine's disk is full or failed
          75   not now: the gateway is full, a deadline passed, the data is in use
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

    init(_ code: KeyValueClientError.Code) {
        self =
            switch code {
            case .unavailable: .unavailable
            case .indeterminate: .unknown
            case .quota, .timedOut: .tryLater
            case .denied: .notPermitted
            case .cancelled: .interrupted
            case .preconditionFailed, .compacted, .epochChanged, .leaseNotFound, .tooLarge, .invalid, .wrongType,
                .overflow, .notFound, .lockLost, .unsupported, .internalError:
                .notAsAsked
            }
    }

    init(_ code: StorageError.Code) {
        self =
            switch code {
            case .inUse: .tryLater
            case .unavailable: .disk
            case .newer, .damaged, .foreign: .notAsAsked
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
    } catch let error as KeyValueClientError {
        Output.note("crier: \(error.message.isEmpty ? error.code.rawValue : error.message)")
        throw ExitStatus(error.code).exitCode
    } catch let error as StorageError {
        Output.note("crier: \(error)")
        throw ExitStatus(error.code).exitCode
    }
}
