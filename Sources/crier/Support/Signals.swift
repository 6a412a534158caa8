// Dispatch sources may be used from any thread; their Swift types do not say so yet.
@preconcurrency import Dispatch
import Glibc

/// Runs `body`; SIGINT and SIGTERM cancel it, and a second one ends the process at once.
/// - Returns: True when it was a signal that ended it.
func cancelledBySignals(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
    let signals = AsyncStream<Int32> { continuation in
        let sources = [SIGINT, SIGTERM]
            .map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.resume()
                return source
            }
        continuation.onTermination = { _ in for source in sources { source.cancel() } }
    }
    return try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await body()
            return false
        }
        group.addTask {
            for await number in signals {
                signal(number, SIG_DFL)
                return true
            }
            return false
        }
        let isSignalled = try await group.next() ?? false
        group.cancelAll()
        if isSignalled {
            do { while try await group.next() != nil {} } catch is CancellationError {}
        }
        return isSignalled
    }
}
