import CrierCore
import Hummingbird

/// The calls that change many keys, at one revision or not at all.
extension KeyValueCall {
    func batch(_ namespace: StoreNamespace) async throws -> Response {
        let body = try await json { bytes throws(Problem) in try BatchBody(bytes, in: namespace) }
        let outcome = try await store.transact(StoreTransaction(then: body.writes))
        var json = JSONWriter()
        json.object { json in
            json.member("namespace", namespace.name)
            json.member("count", body.writes.count)
        }
        return answer(json, at: outcome.position)
    }

    func transaction(_ namespace: StoreNamespace) async throws -> Response {
        let body = try await json { bytes throws(Problem) in try TransactionBody(bytes, in: namespace) }
        let outcome = try await store.transact(body.transaction)
        var json = JSONWriter()
        json.object { json in
            json.member("succeeded", outcome.succeeded)
            json.member("revision", outcome.position.revision)
        }
        return answer(json, at: outcome.position)
    }
}
