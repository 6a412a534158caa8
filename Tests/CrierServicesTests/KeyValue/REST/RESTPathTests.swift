import CrierCore
import Testing

@Suite("REST: keys in paths")
struct RESTPathTests {
    /// The path behind the namespace, and the key that it names.
    private static let keys = [
        ("a/b/c", "a/b/c"),
        ("a%2Fb", "a/b"),
        ("a//b", "a//b"),
        ("../etc/passwd", "../etc/passwd"),
        ("./a", "./a"),
        ("a/", "a/"),
        ("/", "/"),
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("a%20b", "a b"),
        ("100%25", "100%"),
        ("%F0%9F%A6%8A", "🦊"),
        ("e%CC%81", "e\u{301}"),
        ("a;b=c,d", "a;b=c,d"),
        ("a%3Fb", "a?b"),
        ("a%23b", "a#b"),
        ("batch", "batch"),
        ("transaction", "transaction"),
        (String(repeating: "k", count: 512), String(repeating: "k", count: 512)),
    ]

    @Test("What stands behind the namespace is the key, byte for byte", arguments: keys)
    func key(path: String, key: String) async throws {
        try await RESTServer.with { server async throws in
            let put = try await server.put(path, #"{"value":"x"}"#)
            #expect(put.status == 200)
            let namespace = try StoreNamespace("app")
            let entry = try await server.store.get(StoreKey(namespace, key)).entry
            #expect(entry?.value == .string("x"))
            #expect(try await server.get(path).status == 200)
        }
    }

    @Test(
        "A path that is no key is 400 and names what is wrong",
        arguments: [
            ("/v1/kv/app/", "key"),
            ("/v1/kv/app/a%2", "key"),
            ("/v1/kv/app/a%zz", "key"),
            ("/v1/kv/app/%", "key"),
            ("/v1/kv/app/%ff", "key"),
            ("/v1/kv/app/%C0%AF", "key"),
            ("/v1/kv/app/%ED%A0%80", "key"),
            ("/v1/kv/app/a%00b", "key"),
            ("/v1/kv/app/a%0Ab", "key"),
            ("/v1/kv/app/a%7F", "key"),
            ("/v1/kv/app/a%C2%85", "key"),
            ("/v1/kv/app/" + String(repeating: "k", count: 513), "key"),
            ("/v1/kv/app/" + String(repeating: "%F0%9F%A6%8A", count: 129), "key"),
            ("/v1/kv/", "namespace"),
            ("/v1/kv//a", "namespace"),
            ("/v1/kv/a%2Fb/c", "namespace"),
            ("/v1/kv/a b%20/c", "namespace"),
            ("/v1/kv/%C3%A9/c", "namespace"),
            ("/v1/kv/" + String(repeating: "n", count: 64) + "/a", "namespace"),
            ("/v1/kv/app?prefix=%zz", "prefix"),
            ("/v1/kv/app?%zz=1", "query"),
        ])
    func noKey(target: String, field: String) async throws {
        // A space would end the target on the wire.
        let target = target.replacing(" ", with: "")
        try await RESTServer.with { server async throws in
            let answer = try await server.http.get(target)
            #expect(answer.status == 400)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer.body.contains("\"field\":\"\(field)\""), "\(answer.body)")
        }
    }

    @Test("Bytes that are not UTF-8 are never stored as something else")
    func rawBytes() async throws {
        try await RESTServer.with { server async throws in
            var bytes = Array("PUT /v1/kv/app/a".utf8)
            bytes += [0xff, 0xfe]
            bytes += Array(
                " HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Type: application/json\r\n".utf8)
            bytes += Array("Content-Length: 13\r\n\r\n{\"value\":\"x\"}".utf8)
            let answer = HTTPServer.Answer(try await server.http.exchange(bytes))
            #expect(answer?.status == 400)
            #expect(answer?.body.contains("percent-encoded") == true)
            #expect(try await server.put("é", #"{"value":"x"}"#).status == 400)
            #expect(try await server.http.get("/v1/kv/app").body == "[]")
        }
    }

    @Test("A target with the server's name before the path is the same key")
    func absoluteForm() async throws {
        try await RESTServer.with { server async throws in
            let target = "http://127.0.0.1/v1/kv/app/a/../b"
            #expect(try await server.http.send("PUT", target, json: #"{"value":"x"}"#).status == 200)
            #expect(try await server.get("a/../b").status == 200)
        }
    }

    @Test("A POST to batch or transaction is about that key as soon as it says so")
    func reservedWords() async throws {
        try await RESTServer.with { server async throws in
            for key in ["batch", "transaction", "b%61tch"] {
                let answer = try await server.http.send("POST", "/v1/kv/app/\(key)?increment=1")
                #expect(answer.status == 200)
                #expect(answer.body.contains(#""type":"int""#))
            }
            #expect(try await server.get("batch").body.contains(#""value":"2""#))
        }
    }

    @Test(
        "What is not under /v1 as it is written is 404",
        arguments: [
            "/v1", "/v1/", "/v1/kvs", "/v1/kv2/app/a", "/V1/kv", "//v1/kv", "/v1//kv", "/v1/./kv", "/v2/kv",
            "/v1/streams",
        ])
    func unknown(path: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.http.get(path)
            #expect(answer.status == 404)
            #expect(answer["Content-Type"] == "application/problem+json")
        }
    }
}
