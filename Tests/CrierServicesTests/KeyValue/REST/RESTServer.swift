import CrierCore

@testable import CrierServices

/// An HTTP port over a store in memory.
struct RESTServer: Sendable {
    let http: HTTPServer
    let store: MemoryKeyValueStore

    static func with(
        _ store: MemoryKeyValueStore = MemoryKeyValueStore(epoch: 7, clock: WallClock { 1_700_000_000_250 }),
        origins: AllowedOrigins = .none,
        policy: any AccessPolicy = LoopbackAccess(),
        patience: HTTPPatience = .endless,
        streams: Int = RESTLimits.streams,
        _ body: @escaping @Sendable (RESTServer) async throws -> Void
    ) async throws {
        let access = KeyValueAccess(store, policy: policy)
        try await HTTPServer.with(keyValue: access, origins: origins, patience: patience, streams: streams) {
            http async throws in
            try await body(RESTServer(http: http, store: store))
        }
    }

    func put(_ key: String, _ json: String) async throws -> HTTPServer.Answer {
        try await http.send("PUT", "/v1/kv/app/\(key)", json: json)
    }

    func get(_ key: String) async throws -> HTTPServer.Answer {
        try await http.get("/v1/kv/app/\(key)")
    }
}
