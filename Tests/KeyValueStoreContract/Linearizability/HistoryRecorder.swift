import CrierCore
import Synchronization
import Testing

let linearizabilityPromises = [
    StorePromise("What concurrent clients see could have been done one after the other") { store in
        let seed = UInt64.random(in: 0 ... .max)
        let history = try await HistoryRecorder(store).record(clients: 8, operations: 150, seed: seed)
        do throws(LinearizabilityViolation) {
            try LinearizabilityCheck.check(history)
        } catch {
            Issue.record("\(error.kind): \(error) (seed \(seed))")
        }
    }
]

/// Lets clients work on a store at the same time and writes down what they are told.
final class HistoryRecorder: Sendable {
    private let store: any KeyValueStore
    private let ticks = Atomic<UInt64>(0)

    init(_ store: any KeyValueStore) {
        self.store = store
    }

    /// - Parameter operations: of each client.
    func record(clients: Int, operations: Int, seed: UInt64) async throws -> RecordedHistory {
        let start = try await store.get(key("k0")).position
        let recorded = try await withThrowingTaskGroup(of: [RecordedHistory.Operation].self) { group in
            for client in 0..<clients {
                group.addTask {
                    var client = HistoryClient(client, seed: seed &+ UInt64(client))
                    var recorded: [RecordedHistory.Operation] = []
                    for _ in 0..<operations { recorded.append(try await self.perform(&client)) }
                    return recorded
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let end = try await store.get(key("k0")).position
        var watch = try await store.watch(.everything, after: start).makeAsyncIterator()
        var log: [StoreChangeSet] = []
        while (log.last?.position ?? start) != end { log += try await changes(&watch, 1) }
        return RecordedHistory(operations: recorded, base: start.revision, log: log)
    }

    private func perform(_ client: inout HistoryClient) async throws -> RecordedHistory.Operation {
        let action = try client.next()
        let start = tick()
        let answer = await answer(action, &client)
        return RecordedHistory.Operation(action, answer, start: start, end: tick())
    }

    private func answer(
        _ action: RecordedHistory.Operation.Action,
        _ client: inout HistoryClient
    ) async -> RecordedHistory.Operation.Answer {
        do throws(KeyValueError) {
            switch action {
            case .read(let key):
                // What a caller on an event loop is told must be as true.
                let immediate = store.immediateRead(of: key)
                let read = if let immediate { immediate } else { try await store.get(key) }
                client.lastRead[key] = read.entry?.revision
                return .found(read.entry, position: read.position.revision)
            case .transact(let transaction):
                let outcome = try await store.transact(transaction)
                return .done(
                    succeeded: outcome.succeeded,
                    changed: !outcome.changes.isEmpty,
                    position: outcome.position.revision
                )
            }
        } catch {
            return error.code == .indeterminate ? .unknown : .refused
        }
    }

    private func tick() -> UInt64 { ticks.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }
}

/// Decides what one client asks next: reads, puts, compare-and-swap from what it read, two keys at once, counters.
private struct HistoryClient {
    private let client: Int
    private var random: SeededGenerator
    var lastRead: [StoreKey: UInt64] = [:]
    private var count = 0

    init(_ client: Int, seed: UInt64) {
        self.client = client
        random = SeededGenerator(state: seed)
    }

    mutating func next() throws -> RecordedHistory.Operation.Action {
        let name = try anyKey()
        count += 1
        let value = StoreValue.string("client \(client), operation \(count)")
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return .read(name)
        case 4: return .transact(StoreTransaction(then: [.delete(name)]))
        case 5: return .transact(StoreTransaction(then: [.increment(try key("count"), by: 1, initial: 0)]))
        case 6, 7:
            let condition = lastRead[name].map(StoreCondition.revision) ?? .absent
            return .transact(StoreTransaction(if: [.init(name, condition)], then: [.put(name, value)]))
        case 8:
            let other = try anyKey()
            guard other != name else { return .read(name) }
            return .transact(
                StoreTransaction(
                    if: [.init(other, .present)],
                    then: [.put(name, value), .delete(other)],
                    otherwise: [.put(other, value)]
                )
            )
        default: return .transact(StoreTransaction(then: [.put(name, value)]))
        }
    }

    private mutating func anyKey() throws -> StoreKey { try key("k\(Int.random(in: 0..<4, using: &random))") }
}
