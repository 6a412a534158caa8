import CrierCore
import Testing

@Suite("REST: lists")
struct RESTListTests {
    @Test("Entries come sorted by their bytes, those of a prefix alone")
    func prefix() async throws {
        try await RESTServer.with { server async throws in
            for key in ["task.2", "task.10", "tasks", "Task", "%C3%A9"] {
                _ = try await server.put(key, #"{"value":"x"}"#)
            }
            let all = try await server.http.get("/v1/kv/app")
            #expect(all.status == 200)
            #expect(all["X-Crier-Position"] == "7:5")
            #expect(all["Link"] == nil)
            #expect(Self.keys(all) == ["Task", "task.10", "task.2", "tasks", "é"])
            #expect(try await Self.keys(server.http.get("/v1/kv/app?prefix=task.")) == ["task.10", "task.2"])
            #expect(try await Self.keys(server.http.get("/v1/kv/app?prefix=%C3")) == nil)
            #expect(try await Self.keys(server.http.get("/v1/kv/app?prefix=%C3%A9")) == ["é"])
            #expect(try await server.http.get("/v1/kv/other").body == "[]")
        }
    }

    @Test("Following the links shows each entry once, at the position of the first page")
    func pages() async throws {
        try await RESTServer.with { server async throws in
            let keys = (0..<7).map { "a b%\($0)" }
            for key in keys { _ = try await server.put(PathText.encode(key), #"{"value":"x"}"#) }
            var target: String? = "/v1/kv/app?prefix=a%20&limit=3"
            var seen: [String] = []
            var pages = 0
            while let next = target {
                let page = try await server.http.get(next)
                #expect(page.status == 200, "\(next) \(page.body)")
                #expect(page["X-Crier-Position"] == "7:7")
                seen += Self.keys(page) ?? []
                pages += 1
                _ = try await server.put("later", #"{"value":"x"}"#)
                target = page["Link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
                if let link = page["Link"] { #expect(link.hasSuffix("; rel=\"next\"")) }
            }
            #expect(seen == keys)
            #expect(pages == 3)
        }
    }

    @Test(
        "Wrong parameters are 400 and named",
        arguments: [
            ("limit=0", "limit"), ("limit=10001", "limit"), ("limit=x", "limit"), ("limit", "limit"),
            ("limit=", "limit"),
            ("prefix", "prefix"), ("cursor=", "cursor"), ("cursor=x", "cursor"), ("cursor=zz", "cursor"),
            ("cursor=\(Self.cursor("7:0:other/a"))", "cursor"),
            ("cursor=\(Self.cursor("7:0:app/a"))&prefix=b", "cursor"), ("limt=1", "limt"),
            ("limit=1&limit=2", "limit"), ("stats&limit=1", "limit"), ("stats=1", "stats"),
        ])
    func wrong(query: String, field: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.http.get("/v1/kv/app?\(query)")
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"field\":\"\(field)\""), "\(answer.body)")
        }
    }

    @Test("A cursor of another epoch, or from the future, is 410", arguments: ["8:0:app/a", "7:99:app/a"])
    func gone(place: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.http.get("/v1/kv/app?cursor=\(Self.cursor(place))")
            #expect(answer.status == 410)
            #expect(answer["X-Crier-Position"] == "7:0")
        }
    }

    @Test("The namespaces with what they hold, and one namespace's figures")
    func statistics() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("k", #"{"value":"12345678","type":"int"}"#)
            _ = try await server.http.send("PUT", "/v1/kv/b/k", json: #"{"value":"xyz"}"#)
            let all = try await server.http.get("/v1/kv")
            #expect(all["X-Crier-Position"] == "7:2")
            #expect(
                all.body == #"[{"namespace":"app","keys":1,"bytes":12},{"namespace":"b","keys":1,"bytes":5}]"#)
            let one = try await server.http.get("/v1/kv/b?stats")
            #expect(one["X-Crier-Position"] == "7:2")
            #expect(one.body.hasPrefix(#"{"namespace":"b","keys":1,"bytes":5,"watchers":0,"hotKeys":["#))
        }
    }

    /// A cursor as a list would give it.
    private static func cursor(_ plain: String) -> String {
        plain.utf8.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }

    private static func keys(_ answer: HTTPServer.Answer) -> [String]? {
        guard answer.status == 200 else { return nil }
        return answer.body.split(separator: #""key":""#).dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }
}

/// Percent-encoding for the tests, of everything but letters, digits and points.
enum PathText {
    static func encode(_ text: String) -> String {
        text.utf8
            .map { byte in
                let scalar = Unicode.Scalar(byte)
                let isPlain =
                    byte < 0x80 && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == ".")
                return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            .joined()
    }
}
