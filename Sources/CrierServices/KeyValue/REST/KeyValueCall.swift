import CrierCore
import HTTPTypes
import Hummingbird
import NIOCore

/// One request about the key-value state: what it says, and the state as its caller may see and change it. The methods
/// stand in extensions, reads apart from writes.
struct KeyValueCall {
    let request: Request
    let query: QueryParameters
    let store: CallerStore
    let channel: any Channel
    let patience: HTTPPatience

    /// The whole body as JSON, read by `read`.
    func json<Body: Sendable>(_ read: @Sendable ([UInt8]) throws(Problem) -> Body) async throws -> Body {
        let bytes = try await request.jsonBody(channel, within: patience.body)
        guard bytes.count > RESTLimits.loopBytes else { return try read(bytes) }
        return try await beside { try read(bytes) }
    }

    /// Does what takes long on another thread than the connection's loop.
    func beside<Result: Sendable>(_ work: @Sendable () throws -> Result) async throws -> Result {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { try await concurrently(work) }
    }

    @concurrent private func concurrently<Result>(_ work: @Sendable () throws -> Result) async throws -> Result {
        try work()
    }

    /// An answer with JSON and the position at which the store was read or written.
    func answer(_ json: JSONWriter, at position: StorePosition, tag: StoreEntry? = nil) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "no-store", .crierPosition: position.description,
        ]
        if let tag { headers[.eTag] = EntityTag.text(of: tag) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: json.buffer))
    }

    func answer(_ entry: StoreEntry, at position: StorePosition) -> Response {
        var json = JSONWriter()
        json.entry(entry)
        return answer(json, at: position, tag: entry)
    }

    /// The problem that an error of the store is, with the store's position when it was asked at all.
    func problem(_ error: KeyValueError, _ resource: KeyValueResource) async -> Problem {
        var problem = Problem(error)
        switch error.code {
        case .denied, .invalid, .unavailable, .indeterminate, .tooLarge: return problem
        default: break
        }
        let position: StorePosition? =
            switch resource {
            case .entry(let key): try? await store.get(key, consistency: .stale).position
            case .namespace(let namespace): try? await position(of: StoreScope(namespace))
            case .namespaces, .stream: nil
            }
        problem.headers[.crierPosition] = position?.description
        return problem
    }

    /// Where the store stands.
    func position(of scope: StoreScope) async throws(KeyValueError) -> StorePosition {
        try await store.list(StoreListRequest(scope, limit: 1)).position
    }
}

extension Problem {
    /// The same, with where the store stood when it was asked.
    func at(_ position: StorePosition) -> Problem {
        var problem = self
        problem.headers[.crierPosition] = position.description
        return problem
    }
}

extension HTTPField.Name {
    /// `<epoch>:<revision>` of the store.
    static let crierPosition = HTTPField.Name("X-Crier-Position")!
    static let link = HTTPField.Name("Link")!
}
