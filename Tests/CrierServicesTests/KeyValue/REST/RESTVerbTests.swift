import Testing

@Suite("REST: increment, compare, history, rollback")
struct RESTVerbTests {
    private func post(
        _ server: RESTServer,
        _ target: String,
        _ json: String? = nil
    ) async throws -> HTTPServer.Answer {
        guard let json else { return try await server.http.send("POST", "/v1/kv/app/\(target)") }
        return try await server.http.send("POST", "/v1/kv/app/\(target)", json: json)
    }

    @Test("Increment begins at 0, adds what is asked, and answers the entry")
    func increment() async throws {
        try await RESTServer.with { server async throws in
            #expect(try await post(server, "n?increment=5").body.contains(#""value":"5","type":"int","updatedAt":"#))
            #expect(try await post(server, "n?increment=-7").body.contains(#""value":"-2""#))
            let answer = try await post(server, "n?increment")
            #expect(answer.body.contains(#""value":"-1""#))
            #expect(answer["ETag"] == "\"3\"")
            #expect(answer["X-Crier-Position"] == "7:3")
        }
    }

    @Test("Increment of another type is 409, one that does not fit 400, and both change nothing")
    func refusedIncrement() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("s", #"{"value":"1"}"#)
            let type = try await post(server, "s?increment=1")
            #expect(type.status == 409)
            #expect(type["X-Crier-Position"] == "7:1")
            _ = try await server.put("n", #"{"value":"9223372036854775807","type":"int"}"#)
            let overflow = try await post(server, "n?increment=1")
            #expect(overflow.status == 400)
            #expect(overflow["X-Crier-Position"] == "7:2")
            for number in ["", "1.5", "x", "9223372036854775808", "+1"] {
                #expect(try await post(server, "n?increment=\(number)").status == 400)
            }
            #expect(try await server.get("n")["X-Crier-Position"] == "7:2")
        }
    }

    @Test("Compare swaps what was expected, and else is 412 with the entry as it is")
    func compare() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("n", #"{"value":"99","type":"int"}"#)
            let swapped = try await post(server, "n?compare", #"{"expected":"99","value":"100","type":"int"}"#)
            #expect(swapped.status == 200)
            #expect(swapped.body.contains(#""value":"100""#))
            let refused = try await post(server, "n?compare", #"{"expected":"99","value":"101","type":"int"}"#)
            #expect(refused.status == 412)
            #expect(refused["X-Crier-Position"] == "7:2")
            #expect(refused.body.contains(#""current":{"namespace":"app","key":"n","value":"100","type":"int""#))
            let otherType = try await post(server, "n?compare", #"{"expected":"100","value":"x"}"#)
            #expect(otherType.status == 412)
        }
    }

    @Test("Compare with null is for a key that is not there")
    func compareAbsent() async throws {
        try await RESTServer.with { server async throws in
            #expect(try await post(server, "k?compare", #"{"expected":"a","value":"b"}"#).status == 412)
            #expect(try await post(server, "k?compare", #"{"expected":null,"value":"b"}"#).status == 200)
            #expect(try await post(server, "k?compare", #"{"expected":null,"value":"c"}"#).status == 412)
            #expect(try await post(server, "k?compare", #"{"value":"c"}"#).status == 400)
            #expect(try await post(server, "k?compare=1", #"{"expected":null,"value":"c"}"#).status == 400)
        }
    }

    @Test("History is newest first, deletes included")
    func history() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("k", #"{"value":"1","type":"int"}"#)
            _ = try await server.http.send("DELETE", "/v1/kv/app/k")
            _ = try await server.put("k", #"{"value":"x"}"#)
            let answer = try await server.get("k?history=10")
            #expect(answer.status == 200)
            #expect(answer["X-Crier-Position"] == "7:3")
            #expect(
                answer.body == """
                    [{"op":"put","key":"k","value":"x","type":"string","revision":3,"updatedAt":1700000000.25},\
                    {"op":"delete","key":"k","revision":2},\
                    {"op":"put","key":"k","value":"1","type":"int","revision":1,"updatedAt":1700000000.25}]
                    """
            )
            #expect(try await server.get("k?history=1").body.contains("\"revision\":1}") == false)
            #expect(try await server.get("never?history").body == "[]")
            for number in ["0", "1001", "x", "-1"] {
                #expect(try await server.get("k?history=\(number)").status == 400)
            }
        }
    }

    @Test("Rollback writes an old value anew; what never was is 404")
    func rollback() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("k", #"{"value":"1","type":"int"}"#)
            _ = try await server.put("k", #"{"value":"two"}"#)
            _ = try await server.put("other", #"{"value":"x"}"#)
            let answer = try await post(server, "k?rollback=1")
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""value":"1","type":"int""#))
            #expect(answer["ETag"] == "\"4\"")
            for revision in ["0", "5", "18446744073709551615"] {
                let refused = try await post(server, "k?rollback=\(revision)")
                #expect(refused.status == 404)
                #expect(refused["X-Crier-Position"] != nil)
            }
            #expect(try await post(server, "other?rollback=2").status == 404)
            for revision in ["", "x", "-1", "18446744073709551616"] {
                #expect(try await post(server, "k?rollback=\(revision)").status == 400)
            }
        }
    }

    @Test("A POST that says nothing, or two things, is 400")
    func nothing() async throws {
        try await RESTServer.with { server async throws in
            #expect(try await post(server, "k").status == 400)
            #expect(try await post(server, "k?increment=1&compare").status == 400)
            #expect(try await post(server, "k?increment=1&increment=2").status == 400)
            #expect(try await post(server, "k?incremnet=1").status == 400)
        }
    }

    @Test("The verbs heed If-Match")
    func conditions() async throws {
        try await RESTServer.with { server async throws in
            _ = try await post(server, "n?increment=1")
            let old = try await server.http.send("POST", "/v1/kv/app/n?increment=1", [("If-Match", "\"9\"")])
            #expect(old.status == 412)
            let same = try await server.http.send("POST", "/v1/kv/app/n?increment=1", [("If-Match", "\"1\"")])
            #expect(same.status == 200)
        }
    }
}
