import Testing

@Suite("REST: one entry")
struct RESTEntryTests {
    @Test("What is put is what is read, with its type, its tag and the position")
    func putAndGet() async throws {
        try await RESTServer.with { server async throws in
            let put = try await server.put("counter", #"{"value":"100","type":"int"}"#)
            #expect(put.status == 200)
            #expect(put.body == #"{"namespace":"app","key":"counter","value":"100","type":"int"}"#)
            #expect(put["ETag"] == "\"1\"")
            #expect(put["X-Crier-Position"] == "7:1")
            let get = try await server.get("counter")
            #expect(get.status == 200)
            #expect(get["Content-Type"] == "application/json")
            #expect(get["ETag"] == "\"1\"")
            #expect(get["X-Crier-Position"] == "7:1")
            #expect(
                get.body
                    == #"{"namespace":"app","key":"counter","value":"100","type":"int","updatedAt":1700000000.25}"#
            )
        }
    }

    @Test("A key that is not there is 404, and says where the store stood")
    func absent() async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.get("nothing")
            #expect(answer.status == 404)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer["X-Crier-Position"] == "7:0")
            #expect(answer.body.contains(#""field":"key""#))
        }
    }

    @Test("DELETE is 204, also when there was nothing")
    func delete() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("a", #"{"value":"1"}"#)
            let answer = try await server.http.send("DELETE", "/v1/kv/app/a")
            #expect(answer.status == 204)
            #expect(answer["X-Crier-Position"] == "7:2")
            let again = try await server.http.send("DELETE", "/v1/kv/app/a")
            #expect(again.status == 204)
            #expect(again["X-Crier-Position"] == "7:2")
            #expect(try await server.get("a").status == 404)
        }
    }
}
