import Testing

@Suite("REST: conditions")
struct RESTConditionTests {
    /// The entry `k` is at revision 2 (and was at 1) when these arrive; `absent` never was.
    private static let cases = [
        ("k", "If-Match", "\"2\"", 200),
        ("k", "If-Match", "\"1\"", 412),
        ("k", "If-Match", "*", 200),
        ("k", "If-Match", "\"1\", \"2\"", 200),
        ("k", "If-Match", "\"1\",\"3\"", 412),
        ("k", "If-Match", "W/\"2\"", 412),
        ("k", "If-Match", "W/\"2\", \"2\"", 200),
        ("k", "If-Match", "\"02\"", 412),
        ("k", "If-Match", "\"abc\"", 412),
        ("k", "If-Match", "\"\"", 412),
        ("absent", "If-Match", "*", 412),
        ("absent", "If-Match", "\"2\"", 412),
        ("k", "If-None-Match", "*", 412),
        ("absent", "If-None-Match", "*", 200),
        ("k", "If-None-Match", "\"2\"", 412),
        ("k", "If-None-Match", "W/\"2\"", 412),
        ("k", "If-None-Match", "\"1\"", 200),
        ("absent", "If-None-Match", "\"2\"", 200),
        ("k", "If-Match", "2", 400),
        ("k", "If-Match", "\"2", 400),
        ("k", "If-Match", "\"2\" \"3\"", 400),
        ("k", "If-Match", "\"2\",", 400),
        ("k", "If-Match", "*, \"2\"", 400),
        ("k", "If-None-Match", "yes", 400),
        ("k", "If-Match", "w/\"2\"", 400),
    ]

    @Test("A PUT happens when its header holds, and else is 412 or 400", arguments: cases)
    func put(key: String, header: String, value: String, status: Int) async throws {
        try await RESTServer.with { server async throws in
            try await prepare(server)
            let answer = try await server.http.send(
                "PUT", "/v1/kv/app/\(key)", json: #"{"value":"new"}"#, [(header, value)])
            #expect(answer.status == status, "\(answer.body)")
            #expect(try await server.get(key).body.contains("new") == (status == 200))
        }
    }

    @Test("A DELETE happens when its header holds, and else is 412 or 400", arguments: cases)
    func delete(key: String, header: String, value: String, status: Int) async throws {
        try await RESTServer.with { server async throws in
            try await prepare(server)
            let answer = try await server.http.send("DELETE", "/v1/kv/app/\(key)", [(header, value)])
            #expect(answer.status == (status == 200 ? 204 : status))
            #expect((try await server.get("k").status == 404) == (status == 200 && key == "k"))
        }
    }

    @Test("412 shows the entry as it is, its tag and the position")
    func current() async throws {
        try await RESTServer.with { server async throws in
            try await prepare(server)
            let answer = try await server.http.send("DELETE", "/v1/kv/app/k", [("If-Match", "\"1\"")])
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer["ETag"] == "\"2\"")
            #expect(answer["X-Crier-Position"] == "7:2")
            #expect(answer.body.contains(#""current":{"namespace":"app","key":"k","value":"b""#))
            #expect(answer.body.contains(#""field":"If-Match""#))
            let absent = try await server.http.send("DELETE", "/v1/kv/app/absent", [("If-Match", "*")])
            #expect(absent.body.contains(#""current":null"#))
        }
    }

    @Test("Conditions that contradict each other never hold")
    func contradiction() async throws {
        try await RESTServer.with { server async throws in
            try await prepare(server)
            for key in ["k", "absent"] {
                let answer = try await server.http.send(
                    "PUT", "/v1/kv/app/\(key)", json: #"{"value":"new"}"#, [("If-Match", "*"), ("If-None-Match", "*")])
                #expect(answer.status == 412)
            }
        }
    }

    @Test("A GET of what the reader has is 304 without a body; one that must be another is 412")
    func get() async throws {
        try await RESTServer.with { server async throws in
            try await prepare(server)
            let same = try await server.http.get("/v1/kv/app/k", [("If-None-Match", "W/\"1\", W/\"2\"")])
            #expect(same.status == 304)
            #expect(same["ETag"] == "\"2\"")
            #expect(same.body.isEmpty)
            #expect(try await server.http.get("/v1/kv/app/k", [("If-None-Match", "\"1\"")]).status == 200)
            #expect(try await server.http.get("/v1/kv/app/k", [("If-Match", "\"1\"")]).status == 412)
            #expect(try await server.http.get("/v1/kv/app/absent", [("If-None-Match", "*")]).status == 404)
        }
    }

    private func prepare(_ server: RESTServer) async throws {
        _ = try await server.put("k", #"{"value":"a"}"#)
        _ = try await server.put("k", #"{"value":"b"}"#)
    }
}
