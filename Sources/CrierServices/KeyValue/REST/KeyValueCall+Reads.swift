import CrierCore
import HTTPTypes
import Hummingbird

/// The calls that change nothing.
extension KeyValueCall {
    func get(_ key: StoreKey) async throws -> Response {
        let conditions = try RequestConditions(request.headers)
        let read: StoreRead
        if let known = store.immediateRead(of: key) {
            read = known
        } else {
            read = try await store.get(key)
        }
        do {
            // The entry that the reader has already: RFC 9110, section 13.1.2.
            if conditions.refusal(for: read.entry) == "If-None-Match", let entry = read.entry {
                return Response(
                    status: .notModified,
                    headers: [.eTag: EntityTag.text(of: entry), .crierPosition: read.position.description]
                )
            }
            guard let entry = read.entry else { throw Problem.absent(key) }
            try conditions.check(entry)
            return answer(entry, at: read.position)
        } catch let problem as Problem {
            throw problem.at(read.position)
        }
    }

    func history(_ key: StoreKey, _ limit: Int) async throws -> Response {
        let history = try await store.history(of: key, limit: limit)
        var json = JSONWriter()
        json.array(history.changes) { json, change in
            json.object { json in
                json.member("op", change.kind.name)
                json.member("key", key.key)
                if let entry = change.entry { json.value(entry.value) }
                json.member("revision", change.revision)
                if let entry = change.entry { json.member("updatedAt", seconds: entry.updatedAt) }
            }
        }
        return answer(json, at: history.position)
    }

    func namespace(_ namespace: StoreNamespace) async throws -> Response {
        try query.allow(query.has("stats") ? ["stats"] : ["prefix", "limit", "cursor", "stats"])
        return try query.flag("stats") ? await statistics(namespace) : await list(namespace)
    }

    private func list(_ namespace: StoreNamespace) async throws -> Response {
        let prefix = try query.text("prefix") ?? ""
        let scope = StoreScope(namespace, prefix: prefix)
        let limit = try query.integer("limit", in: 1...KeyValueLimits.maximumPageEntries)
        let cursor: StoreCursor? =
            if let text = try query.text("cursor") {
                try Problem.naming("cursor") { () throws(KeyValueError) in try StoreCursor(text: text, of: scope) }
            } else {
                nil
            }
        let page = try await store.list(
            StoreListRequest(scope, limit: limit ?? KeyValueLimits.defaultPageEntries, cursor: cursor)
        )
        let bytes = page.entries.reduce(0) { $0 + $1.byteCount }
        let json = bytes > RESTLimits.loopBytes ? try await beside { Self.json(page, bytes) } : Self.json(page, bytes)
        var response = answer(json, at: page.position)
        if let next = page.next {
            response.headers[.link] = Self.link(to: next, namespace, prefix: prefix, limit: limit)
        }
        return response
    }

    private static func json(_ page: StorePage, _ bytes: Int) -> JSONWriter {
        var json = JSONWriter(capacity: bytes + 112 * page.entries.count + 2)
        json.array(page.entries) { $0.entry($1) }
        return json
    }

    /// RFC 8288: a reference relative to the server that was asked, whatever its name is to the caller.
    private static func link(
        to next: StoreCursor,
        _ namespace: StoreNamespace,
        prefix: String,
        limit: Int?
    ) -> String {
        var parameters: [String] = []
        if !prefix.isEmpty { parameters.append("prefix=\(PercentEncoding.encode(prefix))") }
        if let limit { parameters.append("limit=\(limit)") }
        parameters.append("cursor=\(next.text)")
        return "</v1/kv/\(namespace)?\(parameters.joined(separator: "&"))>; rel=\"next\""
    }

    private func statistics(_ namespace: StoreNamespace) async throws -> Response {
        let statistics = try await store.statistics(of: namespace)
        let position = try await position(of: StoreScope(namespace))
        var json = JSONWriter()
        json.object { json in
            json.member("namespace", namespace.name)
            json.member("keys", statistics.usage.keys)
            json.member("bytes", statistics.usage.bytes)
            json.member("watchers", statistics.watchers)
            json.member("hotKeys") { json in
                json.array(statistics.hotKeys) { json, hot in
                    json.object { json in
                        json.member("key", hot.key.key)
                        json.member("reads", hot.reads)
                        json.member("writes", hot.writes)
                    }
                }
            }
        }
        return answer(json, at: position)
    }

    func namespaces() async throws -> Response {
        try query.allow([])
        let listing = try await store.namespaces()
        var json = JSONWriter()
        json.array(listing.namespaces) { json, room in
            json.object { json in
                json.member("namespace", room.namespace.name)
                json.member("keys", room.usage.keys)
                json.member("bytes", room.usage.bytes)
            }
        }
        return answer(json, at: listing.position)
    }
}

extension Problem {
    static func absent(_ key: StoreKey) -> Problem {
        Problem(.notFound, "there is no key \(Excerpt(key.key)) in namespace \(key.namespace)", field: "key")
    }
}
