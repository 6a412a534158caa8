import Glibc

/// A system call that failed: which, on what, and errno.
struct SystemCallError: Error, Sendable, CustomStringConvertible {
    let call: StaticString
    let subject: String
    let errno: Int32

    var description: String { "\(call) \(subject): \(String(cString: strerror(errno))) (errno \(errno))" }
}

extension CrierClientError {
    /// A full disk is told apart from a broken one: the first is waited for.
    init(_ error: SystemCallError) {
        let isFull = error.errno == ENOSPC || error.errno == EDQUOT
        self.init(isFull ? .noSpace : .io, error.description, cause: error)
    }
}

/// Calls `body` until it is not interrupted; a negative result throws with errno.
func check(
    _ call: StaticString,
    _ subject: @autoclosure () -> String,
    _ body: () -> Int
) throws(CrierClientError) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        if errno != EINTR { throw CrierClientError(SystemCallError(call: call, subject: subject(), errno: errno)) }
    }
}
