import CrierGRPC
import NIOCore
import Synchronization

/// Ends a call whose client says nothing for too long. Bytes count, not whole messages: a slow link is not silence.
final class SilenceWatch: Sendable {
    private let call: AsyncCall
    private let limit: Duration
    /// Odd while the client's next message is awaited: time that the disk takes is not the client's.
    private let steps = Atomic<Int>(0)

    init(_ call: AsyncCall, limit: Duration) {
        self.call = call
        self.limit = limit
    }

    /// The next message of the call, as it gives it.
    func next() async throws -> ByteBuffer? {
        steps.add(1, ordering: .relaxed)
        defer { steps.add(1, ordering: .relaxed) }
        return try await call.next()
    }

    /// Runs `body`. Throws ABORTED, which says to begin again, when the client was silent for the limit, at most for
    /// twice as long.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask { try await self.watch() }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    /// How far a call is.
    struct Mark: Equatable {
        /// Begins and ends of waits.
        var steps: Int
        /// Of a message that is not whole.
        var bytes: Int

        /// Whether between then and now nothing came, though it was waited for.
        func isSilence(since then: Mark) -> Bool { self == then && steps % 2 == 1 }
    }

    private func mark() async -> Mark {
        Mark(steps: steps.load(ordering: .relaxed), bytes: await call.partialMessageBytes())
    }

    private func watch() async throws {
        var last = await mark()
        while true {
            try await Task.sleep(for: limit)
            let now = await mark()
            guard !now.isSilence(since: last) else {
                throw GRPCStatus(.aborted, "nothing came for \(limit); what came before is kept")
            }
            last = now
        }
    }
}
