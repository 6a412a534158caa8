import CrierCore
import HTTPTypes
import Hummingbird
import NIOHTTP1

/// `/v1/kv/…` and `/v1/stream`: the key-value state over REST and Server-Sent Events.
struct KeyValueRoutes: Sendable {
    private let access: KeyValueAccess
    private let crossOrigin: CrossOrigin
    private let patience: HTTPPatience
    private let streams: StreamSlots

    init(
        _ access: KeyValueAccess,
        _ origins: AllowedOrigins,
        _ patience: HTTPPatience,
        streams: Int = RESTLimits.streams
    ) {
        self.access = access
        self.patience = patience
        self.streams = StreamSlots(streams)
        crossOrigin = CrossOrigin(allowed: origins)
    }

    func respond(to request: Request, _ target: RequestTarget, _ context: HTTPContext) async throws -> Response {
        var response: Response
        do {
            response = try await answer(request, target, context)
        } catch let problem as Problem {
            response = problem.response
        }
        if request.method == .head { response = response.createHeadResponse() }
        crossOrigin.open(&response, to: request)
        return response
    }

    private func answer(
        _ request: Request,
        _ target: RequestTarget,
        _ context: HTTPContext
    ) async throws -> Response {
        try crossOrigin.check(request)
        if let answer = crossOrigin.preflight(request) { return answer }
        let resource = try KeyValueResource(target)
        guard resource.methods.contains(request.method.rawValue) else {
            throw Problem.notAllowed(request.method, allowed: resource.methods)
        }
        if request.method == .options {
            return Response(status: .noContent, headers: [.allow: resource.methods.joined(separator: ", ")])
        }
        let call = KeyValueCall(
            request: request,
            query: try QueryParameters(target.query),
            store: access.store(for: context.caller),
            channel: context.channel,
            patience: patience
        )
        do {
            switch resource {
            case .namespaces: return try await call.namespaces()
            case .namespace(let namespace): return try await call.namespace(namespace)
            case .entry(let key): return try await call.entry(key)
            case .stream: return try await call.stream(streams)
            }
        } catch let error as KeyValueError {
            throw await call.problem(error, resource)
        }
    }
}

extension KeyValueCall {
    /// The one key's methods.
    func entry(_ key: StoreKey) async throws -> Response {
        switch request.method {
        case .put:
            try query.allow([])
            return try await put(key)
        case .delete:
            try query.allow([])
            return try await delete(key)
        case .post: return try await post(key)
        default:
            try query.allow(["history"])
            if let limit = try query.integer(
                "history", in: 1...KeyValueLimits.maximumHistoryChanges, bare: RESTLimits.defaultHistory)
            {
                return try await history(key, limit)
            }
            return try await get(key)
        }
    }

    /// With one of its parameters a POST is about the key, whatever the key is called.
    private func post(_ key: StoreKey) async throws -> Response {
        let verbs = ["increment", "compare", "rollback"]
        try query.allow(verbs)
        switch verbs.filter(query.has) {
        case ["increment"]:
            let amount = try query.integer("increment", in: Int64.min...Int64.max, bare: 1) ?? 1
            return try await increment(key, by: amount)
        case ["compare"]:
            _ = try query.flag("compare")
            return try await compare(key)
        case ["rollback"]:
            let revision = try query.integer("rollback", in: 0...UInt64.max) ?? 0
            return try await rollback(key, to: revision)
        case []:
            switch key.key {
            case "batch": return try await batch(key.namespace)
            case "transaction": return try await transaction(key.namespace)
            default: break
            }
        default: break
        }
        throw Problem.wrong("a POST to a key needs exactly one of ?increment, ?compare, ?rollback", field: "query")
    }
}
