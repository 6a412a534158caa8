import Testing

@Suite("REST: batches and transactions")
struct RESTTransactionTests {
    private func batch(_ server: RESTServer, _ json: String) async throws -> HTTPServer.Answer {
        try await server.http.send("POST", "/v1/kv/app/batch", json: json)
    }

    private func transact(_ server: RESTServer, _ json: String) async throws -> HTTPServer.Answer {
        try await server.http.send("POST", "/v1/kv/app/transaction", json: json)
    }

    @Test("A batch is one revision")
    func batch() async throws {
        try await RESTServer.with { server async throws in
            let answer = try await batch(
                server, #"{"items":[{"key":"a","value":"1","type":"int"},{"key":"b/c","value":{"x":1}}]}"#)
            #expect(answer.status == 200)
            #expect(answer.body == #"{"namespace":"app","count":2}"#)
            #expect(answer["X-Crier-Position"] == "7:1")
            #expect(try await server.get("a")["ETag"] == "\"1\"")
            #expect(try await server.get("b/c")["ETag"] == "\"1\"")
            #expect(try await batch(server, #"{"items":[]}"#).body == #"{"namespace":"app","count":0}"#)
        }
    }

    @Test("A key twice in a batch is 400 that names both places, and nothing is written")
    func duplicates() async throws {
        try await RESTServer.with { server async throws in
            let answer = try await batch(
                server,
                #"{"items":[{"key":"a","value":"1"},{"key":"b","value":"2"},{"key":"\u0061","value":"3"}]}"#)
            #expect(answer.status == 400)
            #expect(answer.body.contains("items[0] and items[2]"))
            #expect(try await server.http.get("/v1/kv/app").body == "[]")
        }
    }

    @Test(
        "One wrong item, and the whole batch is refused with its name",
        arguments: [
            (#"{"items":[{"key":"a","value":"1"},{"key":"b","value":"x","type":"int"}]}"#, "items[1].value"),
            (#"{"items":[{"key":"","value":"1"}]}"#, "items[0].key"),
            (#"{"items":[{"key":"a\u0000","value":"1"}]}"#, "items[0].key"),
            (#"{"items":[{"value":"1"}]}"#, "items[0].key"),
            (#"{"items":[{"key":"a"}]}"#, "items[0].value"),
            (#"{"items":[{"key":"a","value":"1","typ":"int"}]}"#, "items[0].typ"),
            (#"{"items":[{"key":"a","value":"1","ttl":-1}]}"#, "items[0].ttl"),
            (#"{"items":[{"namespace":"b","key":"a","value":"1"}]}"#, "items[0].namespace"),
            (#"{"items":["a"]}"#, "items[0]"),
            (#"{"items":{}}"#, "items"),
            (#"{"items":[],"items":[]}"#, "items"),
            (#"{"item":[]}"#, "item"),
            (#"{}"#, "items"),
        ])
    func wrongItem(json: String, field: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await batch(server, json)
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"field\":\"\(field)\""), "\(answer.body)")
            #expect(try await server.http.get("/v1/kv/app")["X-Crier-Position"] == "7:0")
        }
    }

    @Test("100 items are a batch, 101 are 413")
    func limit() async throws {
        try await RESTServer.with { server async throws in
            func items(_ count: Int) -> String {
                #"{"items":["# + (0..<count).map { #"{"key":"k\#($0)","value":"1"}"# }.joined(separator: ",") + "]}"
            }
            #expect(try await batch(server, items(101)).status == 413)
            #expect(try await batch(server, items(100)).status == 200)
        }
    }

    @Test("What was listed can be sent back as a batch")
    func listAsBatch() async throws {
        try await RESTServer.with { server async throws in
            _ = try await batch(server, #"{"items":[{"key":"a","value":"1","type":"int"},{"key":"b","value":[1]}]}"#)
            let list = try await server.http.get("/v1/kv/app").body
            #expect(try await batch(server, #"{"items":\#(list)}"#).status == 200)
        }
    }

    @Test("Guards that hold: then is done, at one revision")
    func then() async throws {
        try await RESTServer.with { server async throws in
            _ = try await batch(server, #"{"items":[{"key":"n","value":1},{"key":"d","value":"x"}]}"#)
            let answer = try await transact(
                server,
                """
                {"if":[{"key":"lock","absent":true},{"key":"d","present":true},{"key":"n","revision":1},\
                {"key":"n","value":"1","type":"int"}],\
                "then":[{"key":"lock","value":"me","ttl":30},{"key":"n","increment":41},{"key":"d","delete":true}],\
                "else":[{"key":"failed","value":true}]}
                """
            )
            #expect(answer.status == 200)
            #expect(answer.body == #"{"succeeded":true,"revision":2}"#)
            #expect(try await server.get("n").body.contains(#""value":"42""#))
            #expect(try await server.get("d").status == 404)
            #expect(try await server.get("failed").status == 404)
        }
    }

    @Test("A guard that does not hold: else is done")
    func otherwise() async throws {
        try await RESTServer.with { server async throws in
            let answer = try await transact(
                server,
                #"{"if":[{"key":"a","revision":7}],"then":[{"key":"a","value":"x"}],"else":[{"key":"b","value":"y"}]}"#)
            #expect(answer.body == #"{"succeeded":false,"revision":1}"#)
            #expect(try await server.get("a").status == 404)
            #expect(try await server.get("b").status == 200)
            let test = try await transact(server, #"{"if":[{"key":"b","present":true}]}"#)
            #expect(test.body == #"{"succeeded":true,"revision":1}"#)
        }
    }

    @Test("A transaction that cannot be done whole does nothing")
    func allOrNothing() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("s", #"{"value":"text"}"#)
            let type = try await transact(
                server, #"{"then":[{"key":"a","value":"x"},{"key":"s","increment":1}]}"#)
            #expect(type.status == 409)
            #expect(try await server.get("a").status == 404)
            #expect(try await server.get("a")["X-Crier-Position"] == "7:1")
        }
    }

    @Test(
        "What is not a transaction is 400 and named",
        arguments: [
            (#"{"if":[{"key":"a"}]}"#, "if[0].absent"),
            (#"{"if":[{"key":"a","absent":true,"present":true}]}"#, "if[0].present"),
            (#"{"if":[{"key":"a","absent":false}]}"#, "if[0].absent"),
            (#"{"if":[{"key":"a","revision":-1}]}"#, "if[0].revision"),
            (#"{"if":[{"key":"a","revision":1.5}]}"#, "if[0].revision"),
            (#"{"if":[{"key":"a","present":true,"type":"int"}]}"#, "if[0].type"),
            (#"{"if":[{"key":"a","absent":true},{"key":"a","present":true}]}"#, "if"),
            (#"{"if":[{"key":"a","revision":1},{"key":"b","absent":true},{"key":"a","revision":2}]}"#, "if"),
            (#"{"if":[{"key":"a","value":"1"},{"key":"a","value":"1","type":"int"}]}"#, "if"),
            (#"{"if":[{"key":"a","revision":18446744073709551616}]}"#, "if[0].revision"),
            (#"{"if":[{"key":"","absent":true}]}"#, "if[0].key"),
            (#"{"if":[{"key":"a","value":"x","type":"int"}]}"#, "if[0].value"),
            (#"{"then":[{"key":"a","increment":9223372036854775808}]}"#, "then[0].increment"),
            (#"{"then":[{"key":"a","value":"x","type":"Bool"}]}"#, "then[0].type"),
            (#"{"then":[{"key":"a","delete":false}]}"#, "then[0].delete"),
            (#"{"then":[{"key":"a","delete":true,"value":"x"}]}"#, "then[0].delete"),
            (#"{"then":[{"key":"a","increment":"x"}]}"#, "then[0].increment"),
            (#"{"then":[{"key":"a","increment":1,"ttl":3}]}"#, "then[0].ttl"),
            (#"{"then":[{"key":"a","value":"1"},{"key":"a","delete":true}]}"#, "then[1].key"),
            (#"{"else":[{"key":"a"}]}"#, "else[0].value"),
            (#"{"than":[]}"#, "than"),
            (#"{"if":{}}"#, "if"),
        ])
    func wrong(json: String, field: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await transact(server, json)
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"field\":\"\(field)\""), "\(answer.body)")
        }
    }

    @Test("A reserved namespace is read, and writing to it is 403")
    func reserved() async throws {
        try await RESTServer.with { server async throws in
            #expect(try await server.http.get("/v1/kv/_node").status == 200)
            for (method, path, json) in [
                ("PUT", "/v1/kv/_node/a", #"{"value":"x"}"#), ("DELETE", "/v1/kv/_node/a", nil),
                ("POST", "/v1/kv/_node/batch", #"{"items":[{"key":"a","value":"x"}]}"#),
                ("POST", "/v1/kv/_node/a?increment=1", nil),
            ] {
                let headers = json == nil ? [] : [("Content-Type", "application/json")]
                let answer = try await server.http.send(method, path, headers, body: json)
                #expect(answer.status == 403)
                #expect(answer.body.contains("_node"))
            }
        }
    }
}
