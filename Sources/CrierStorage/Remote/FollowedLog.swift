import CrierCore
import CrierGRPC
import CrierMessages

/// Another gateway's log, as its `Watch` tells it: every revision of what is in the scope, with what was before.
struct FollowedLog {
    private let stream: ClientStream
    private var assembler = LogAssembler()
    /// What follows comes after it.
    private(set) var start = StorePosition(epoch: 0, revision: 0)

    /// Returns once the other gateway has said where it begins. Throws `compacted` and `epochChanged` as the port's
    /// `watch` does.
    ///
    /// - Parameter silence: after which it has failed.
    init(
        _ calls: StoreCalls,
        _ scope: StoreScope = .everything,
        after: StorePosition?,
        silence: Duration
    ) async throws(KeyValueError) {
        let request = WatchRequest(
            namespace: scope.namespace?.name ?? "", prefix: scope.prefix, after: after?.message, previous: true
        )
        stream = try await calls.open("Watch", request, silence: silence)
        let text = after.map(\.description) ?? "now"
        switch try await next() {
        case .heard(.progress(let position)): start = position
        case .reset(.compacted):
            throw KeyValueError(.compacted, "position \(text) is compacted: the log begins later")
        case .reset:
            throw KeyValueError(.epochChanged, "position \(text) is of another epoch, or ahead of the store")
        case .heard(.changes), .again, nil:
            end()
            throw .malformed("position", isWrite: false)
        }
    }

    /// nil: the other gateway ended the watch.
    mutating func next() async throws(KeyValueError) -> LogAssembler.Event? {
        while let message = try await stream.next(as: WatchResponse.self) {
            if let event = try assembler.take(message) { return event }
        }
        return nil
    }

    /// Nothing more is wanted.
    func end() { stream.cancel() }
}
