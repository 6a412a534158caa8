import HTTPTypes
import Synchronization

/// Counts the open event streams: no more than so many at once.
final class StreamSlots: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    /// A place for one stream, which ends when it is let go of. Throws 503 when there is none.
    func take() throws(Problem) -> Slot {
        guard taken.add(1, ordering: .relaxed).newValue <= limit else {
            taken.subtract(1, ordering: .relaxed)
            var problem = Problem(
                .serviceUnavailable, "\(limit) event streams are open, which is the limit", code: "streams"
            )
            problem.headers[.retryAfter] = String(RESTLimits.retryAfterSeconds)
            throw problem
        }
        return Slot(slots: self)
    }

    /// One place.
    final class Slot: Sendable {
        private let slots: StreamSlots

        fileprivate init(slots: StreamSlots) {
            self.slots = slots
        }

        deinit { slots.taken.subtract(1, ordering: .relaxed) }
    }
}
