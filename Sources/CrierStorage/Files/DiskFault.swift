import CrierCore
import Glibc

/// A system call that failed.
struct DiskFault: Error, Equatable {
    /// The system call.
    let call: String
    /// The value of `errno`.
    let code: CInt

    /// As a caller of the store is told: without paths, which are nobody's business outside.
    var storeError: FileStoreError {
        switch code {
        case ENOSPC, EDQUOT:
            FileStoreError(.resourceExhausted, "the gateway's disk has no room; what is committed is kept")
        case EMFILE, ENFILE:
            FileStoreError(.resourceExhausted, "the gateway has too many open files")
        default:
            FileStoreError(.internalFault, "the gateway's disk failed: \(self)")
        }
    }
}

extension DiskFault: CustomStringConvertible {
    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Runs disk work and turns its faults into what callers of the store understand.
func translatingDiskFaults<R: ~Copyable>(_ body: () throws(DiskFault) -> R) throws(FileStoreError) -> R {
    do throws(DiskFault) {
        return try body()
    } catch {
        throw error.storeError
    }
}
