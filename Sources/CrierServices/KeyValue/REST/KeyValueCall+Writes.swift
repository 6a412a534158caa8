import CrierCore
import HTTPTypes
import Hummingbird

/// The calls that change one key. All of them heed `If-Match` and `If-None-Match`.
extension KeyValueCall {
    func put(_ key: StoreKey) async throws -> Response {
        let conditions = try RequestConditions(request.headers)
        let body = try await json { bytes throws(Problem) in try PutBody(bytes, for: key) }
        let outcome = try await write(.put(key, body.value, body.expiry), key, conditions)
        let entry = outcome.writtenEntry
        var json = JSONWriter()
        json.object { json in
            json.name(key)
            json.value(entry.value)
        }
        return answer(json, at: outcome.position, tag: entry)
    }

    func delete(_ key: StoreKey) async throws -> Response {
        let conditions = try RequestConditions(request.headers)
        let outcome = try await write(.delete(key), key, conditions)
        return Response(status: .noContent, headers: [.crierPosition: outcome.position.description])
    }

    func increment(_ key: StoreKey, by amount: Int64) async throws -> Response {
        let conditions = try RequestConditions(request.headers)
        let outcome = try await write(.increment(key, by: amount, initial: 0), key, conditions)
        return answer(outcome.writtenEntry, at: outcome.position)
    }

    func compare(_ key: StoreKey) async throws -> Response {
        let conditions = try RequestConditions(request.headers)
        let body = try await json { bytes throws(Problem) in try CompareBody(bytes, for: key) }
        let expected = StoreTransaction.Guard(key, body.condition)
        let outcome = try await write(.put(key, body.value, body.expiry), key, conditions, expected)
        return answer(outcome.writtenEntry, at: outcome.position)
    }

    /// The entry gets its time to live anew if it had one. Of a lease it gets none: leases belong to who is alive.
    func rollback(_ key: StoreKey, to revision: UInt64) async throws -> Response {
        let conditions = try RequestConditions(request.headers)
        let past: StoreRead
        do throws(KeyValueError) {
            past = try await store.get(key, at: revision)
        } catch {
            // A revision ahead of the store never was.
            guard error.code == .epochChanged else { throw error }
            throw Problem(.notFound, error.message, field: "rollback").at(try await store.get(key).position)
        }
        guard let entry = past.entry else {
            throw Problem(
                .notFound, "there was no key \(Excerpt(key.key)) at revision \(revision)", field: "rollback"
            )
            .at(past.position)
        }
        var expiry = entry.expiry
        if case .lease = expiry { expiry = .never }
        let outcome = try await write(.put(key, entry.value, expiry), key, conditions)
        return answer(outcome.writtenEntry, at: outcome.position)
    }

    /// One write, when the request's conditions hold for the entry.
    private func write(
        _ write: StoreWrite,
        _ key: StoreKey,
        _ conditions: RequestConditions,
        _ expected: StoreTransaction.Guard? = nil
    ) async throws -> StoreTransaction.Outcome {
        var guards = expected.map { [$0] } ?? []
        if let known = conditions.guards {
            guards = known.map { StoreTransaction.Guard(key, $0) } + guards
            let outcome = try await store.transact(StoreTransaction(if: guards, then: [write]))
            guard let refusal = outcome.refusal else { return outcome }
            try check(conditions, refusal.current, outcome.position)
            throw Problem.unexpected(key, refusal).at(outcome.position)
        }
        // Several tags, or tags that must not match: tell by the entry, and write if it is still the same.
        for _ in 0..<RESTLimits.conditionTries {
            let read = try await store.get(key)
            try check(conditions, read.entry, read.position)
            let same: StoreCondition = read.entry.map { .revision($0.revision) } ?? .absent
            let outcome = try await store.transact(
                StoreTransaction(if: [StoreTransaction.Guard(key, same)] + guards, then: [write])
            )
            guard let refusal = outcome.refusal else { return outcome }
            guard refusal.failed.condition == same else {
                throw Problem.unexpected(key, refusal).at(outcome.position)
            }
        }
        throw KeyValueError(.unavailable, "key \(key) changes faster than its condition can be tested")
    }

    /// Throws 412 when a header does not hold for the entry.
    private func check(
        _ conditions: RequestConditions,
        _ entry: StoreEntry?,
        _ position: StorePosition
    ) throws(Problem) {
        do {
            try conditions.check(entry)
        } catch {
            throw error.at(position)
        }
    }
}

extension Problem {
    /// `?compare`: the entry is not what was expected.
    fileprivate static func unexpected(_ key: StoreKey, _ refusal: StoreTransaction.Refusal) -> Problem {
        let state = refusal.current.map { "is at revision \($0.revision) and holds another value" } ?? "is absent"
        return .preconditionFailed(
            "key \(Excerpt(key.key)) \(state)", field: "expected", current: refusal.current
        )
    }
}

extension StoreTransaction.Outcome {
    /// What a put or an increment wrote.
    fileprivate var writtenEntry: StoreEntry {
        guard let entry = changes.first?.entry else {
            preconditionFailure("a put or an increment that succeeded makes one change")
        }
        return entry
    }
}
