import CrierCore
import CrierServices
import Testing

@Suite("REST: methods, callers and web pages")
struct RESTAccessTests {
    /// Lets nobody do anything.
    private struct Nobody: AccessPolicy {
        func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool {
            caller.origin != .loopback
        }
    }

    /// Lets everybody read one namespace.
    private struct OneNamespace: AccessPolicy {
        func allows(_ operation: StoreOperation, on namespace: StoreNamespace?, by caller: Caller) -> Bool {
            operation == .read && namespace?.name == "app"
        }

        func allowsSome(_ operation: StoreOperation, by caller: Caller) -> Bool { operation == .read }
    }

    @Test("HEAD is GET without the body")
    func head() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("k", #"{"value":"x"}"#)
            for target in ["/v1/kv/app/k", "/v1/kv/app", "/v1/kv", "/v1/kv/app?stats", "/v1/kv/app/nothing"] {
                let head = try await server.http.send("HEAD", target)
                let get = try await server.http.get(target)
                #expect(head.status == get.status)
                #expect(head["Content-Length"] == get["Content-Length"])
                #expect(head["ETag"] == get["ETag"])
                #expect(head.body.isEmpty)
            }
            let stream = try await server.http.send("HEAD", "/v1/stream")
            #expect(stream["Content-Type"] == "text/event-stream")
        }
    }

    @Test(
        "OPTIONS tells the methods, and another one is 405 with the same list",
        arguments: [
            ("/v1/kv", "PUT", "GET, HEAD, OPTIONS"),
            ("/v1/kv/app", "DELETE", "GET, HEAD, OPTIONS"),
            ("/v1/kv/app/k", "PATCH", "GET, HEAD, PUT, DELETE, POST, OPTIONS"),
            ("/v1/stream", "POST", "GET, HEAD, OPTIONS"),
        ])
    func methods(path: String, other: String, allowed: String) async throws {
        try await RESTServer.with { server async throws in
            let options = try await server.http.send("OPTIONS", path)
            #expect(options.status == 204)
            #expect(options["Allow"] == allowed)
            let refused = try await server.http.send(other, path)
            #expect(refused.status == 405)
            #expect(refused["Allow"] == allowed)
            #expect(refused["Content-Type"] == "application/problem+json")
        }
    }

    @Test(
        "What the policy does not allow is 403, whatever is asked",
        arguments: [
            ("GET", "/v1/kv/app/k"), ("GET", "/v1/kv/app"), ("DELETE", "/v1/kv/app/k"), ("GET", "/v1/kv/app?stats"),
            ("GET", "/v1/stream"), ("GET", "/v1/kv/app/k?history"), ("POST", "/v1/kv/app/k?increment"),
            ("POST", "/v1/kv/app/k?rollback=1"),
        ])
    func denied(method: String, target: String) async throws {
        try await RESTServer.with(policy: Nobody()) { server async throws in
            let answer = try await server.http.send(method, target)
            #expect(answer.status == 403)
            #expect(answer.body.contains("127.0.0.1"))
        }
    }

    @Test("Namespaces that the caller may not see are not listed")
    func invisible() async throws {
        try await RESTServer.with(policy: OneNamespace()) { server async throws in
            for name in ["app", "secret"] {
                _ = try await server.store.put(StoreKey(StoreNamespace(name), "k"), .bool(true))
            }
            let listing = try await server.http.get("/v1/kv").body
            #expect(listing.contains("app") && !listing.contains("secret"))
            #expect(try await server.http.get("/v1/kv/secret").status == 403)
            #expect(try await server.put("k", #"{"value":"x"}"#).status == 403)
            try await StreamReader.with(server.http, "/v1/stream?after=7:0") { stream async throws in
                _ = try await stream.next()
                #expect(try await stream.next().contains(#""namespace":"app""#))
                _ = try await server.store.put(StoreKey(StoreNamespace("secret"), "k"), .bool(false))
                _ = try await server.store.put(StoreKey(StoreNamespace("app"), "k"), .bool(false))
                #expect(try await stream.next().contains(#""namespace":"app""#))
            }
        }
    }

    @Test(
        "Without a setting, a page of another origin gets nothing and writes nothing",
        arguments: [
            [("Origin", "https://evil.example")],
            [("Origin", "null")],
            [("Origin", "http://127.0.0.1:1")],
            [("Sec-Fetch-Site", "cross-site")],
            [("Origin", "http://evil.example"), ("Host", "evil.example")],
            [("Sec-Fetch-Site", "same-origin"), ("Host", "evil.example:8080")],
            [("Sec-Fetch-Site", "same-origin"), ("Host", "127.0.0.1.evil.example")],
        ])
    func strangePages(headers: [(String, String)]) async throws {
        try await RESTServer.with { server async throws in
            for (method, target) in [("POST", "/v1/kv/app/k?increment=1"), ("GET", "/v1/kv"), ("GET", "/v1/stream")] {
                let answer = try await server.http.send(method, target, headers)
                #expect(answer.status == 403, "\(method) \(headers)")
                #expect(answer["Access-Control-Allow-Origin"] == nil)
            }
            #expect(try await server.get("k").status == 404)
        }
    }

    @Test(
        "Programs, the gateway's own pages, and people who type the address come in",
        arguments: [
            [],
            [("Host", "gateway.internal")],
            [("Origin", "http://127.0.0.1")],
            [("Origin", "http://LOCALHOST:8080"), ("Host", "localhost:8080")],
            [("Origin", "http://[::1]:8080"), ("Host", "[::1]:8080")],
            [("Sec-Fetch-Site", "same-origin")],
            [("Sec-Fetch-Site", "none"), ("Host", "gateway.internal")],
        ])
    func ownPages(headers: [(String, String)]) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.http.send("POST", "/v1/kv/app/k?increment=1", headers)
            #expect(answer.status == 200)
            #expect(answer["Vary"] == nil)
        }
    }

    @Test("An allowed origin may ask before, write, and read what it needs")
    func allowedOrigin() async throws {
        let origins = try #require(AllowedOrigins("https://a.example, http://localhost:8000"))
        try await RESTServer.with(origins: origins) { server async throws in
            let preflight = try await server.http.send(
                "OPTIONS", "/v1/kv/app/k",
                [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")])
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == "https://a.example")
            #expect(preflight["Access-Control-Allow-Methods"] == "GET, HEAD, PUT, POST, DELETE")
            #expect(preflight["Access-Control-Allow-Headers"]?.contains("Content-Type") == true)
            let put = try await server.http.send(
                "PUT", "/v1/kv/app/k", json: #"{"value":"x"}"#, [("Origin", "http://localhost:8000")])
            #expect(put.status == 200)
            #expect(put["Access-Control-Allow-Origin"] == "http://localhost:8000")
            #expect(put["Access-Control-Expose-Headers"]?.contains("ETag") == true)
            #expect(put["Vary"] == "Origin")
            let problem = try await server.http.get("/v1/kv/app/none", [("Origin", "https://a.example")])
            #expect(problem["Access-Control-Allow-Origin"] == "https://a.example")
            let plain = try await server.get("k")
            #expect(plain["Vary"] == "Origin")
            #expect(plain["Access-Control-Allow-Origin"] == nil)
            let other = try await server.http.send(
                "OPTIONS", "/v1/kv/app/k",
                [("Origin", "https://b.example"), ("Access-Control-Request-Method", "PUT")])
            #expect(other.status == 403)
        }
    }

    @Test("With *, every page may")
    func everyone() async throws {
        try await RESTServer.with(origins: .everyone) { server async throws in
            let answer = try await server.http.get("/v1/kv", [("Origin", "null"), ("Host", "any.example")])
            #expect(answer.status == 200)
            #expect(answer["Access-Control-Allow-Origin"] == "*")
        }
    }

    @Test(
        "Only origins are origins",
        arguments: [
            "", ",", "a.example", "https://", "https://a.example/", "https://*.example", "*,https://a.example",
            "ftp://a",
        ])
    func noOrigins(text: String) {
        #expect(AllowedOrigins(text) == nil)
    }
}
