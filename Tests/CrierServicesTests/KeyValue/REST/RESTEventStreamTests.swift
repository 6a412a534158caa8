import CrierCore
import NIOCore
import Testing

@testable import CrierServices

@Suite("REST: the event stream")
struct RESTEventStreamTests {
    @Test("A stream begins with where it begins, and tells what changes in its scope")
    func changes() async throws {
        try await RESTServer.with { server async throws in
            _ = try await server.put("counter", #"{"value":"100","type":"int"}"#)
            try await StreamReader.with(server.http, "/v1/stream?namespace=app&prefix=c") { stream async throws in
                #expect(stream.head.contains("200 OK"))
                #expect(stream.head.contains("text/event-stream"))
                #expect(stream.head.contains("no-store"))
                #expect(try await stream.next() == "retry: 2000")
                #expect(try await stream.next() == "id: 7:1\nevent: bookmark\ndata: {\"revision\":1}")
                _ = try await server.put("other", #"{"value":"x"}"#)
                _ = try await server.put("counter", #"{"value":"101","type":"int"}"#)
                _ = try await server.http.send("DELETE", "/v1/kv/app/counter")
                #expect(
                    try await stream.next() == """
                        id: 7:3
                        event: kv
                        data: {"namespace":"app","key":"counter","value":"101","type":"int","op":"put",\
                        "previous":"100","revision":3}
                        """
                )
                #expect(
                    try await stream.next() == """
                        id: 7:4
                        event: kv
                        data: {"namespace":"app","key":"counter","op":"delete","previous":"101","revision":4}
                        """
                )
            }
        }
    }

    @Test("Only the last event of a revision has an id")
    func oneRevision() async throws {
        try await RESTServer.with { server async throws in
            try await StreamReader.with(server.http, "/v1/stream?after=7:0") { stream async throws in
                _ = try await stream.next()
                _ = try await server.http.send(
                    "POST", "/v1/kv/app/batch",
                    json: #"{"items":[{"key":"a","value":"1"},{"key":"b","value":"2"},{"key":"c","value":"3"}]}"#)
                let events = [try await stream.next(), try await stream.next(), try await stream.next()]
                #expect(events.map { $0.hasPrefix("id: 7:1\n") } == [false, false, true])
                #expect(events.allSatisfy { $0.contains("event: kv\ndata: {") })
            }
        }
    }

    @Test("A reader goes on at every place without a gap; the browser's memory goes before the address")
    func resume() async throws {
        try await RESTServer.with { server async throws in
            for number in 1...5 { _ = try await server.put("k", #"{"value":\#(number)}"#) }
            for after in 0...4 {
                for (target, headers) in [
                    ("/v1/stream?after=7:\(after)", []),
                    ("/v1/stream?namespace=app&after=7:0", [("Last-Event-ID", "7:\(after)")]),
                ] {
                    try await StreamReader.with(server.http, target, headers) { stream async throws in
                        _ = try await stream.next()
                        for revision in after + 1...5 {
                            #expect(try await stream.next().contains("\"value\":\"\(revision)\""))
                        }
                    }
                }
            }
        }
    }

    @Test("Bookmarks tell a reader in whose scope nothing happens where the store is")
    func bookmarks() async throws {
        try await RESTServer.with { server async throws in
            try await StreamReader.with(server.http, "/v1/stream?namespace=app") { stream async throws in
                _ = try await stream.next()
                _ = try await stream.next()
                _ = try await server.http.send("PUT", "/v1/kv/elsewhere/k", json: #"{"value":"x"}"#)
                server.store.announceProgress()
                #expect(try await stream.next() == "id: 7:1\nevent: bookmark\ndata: {\"revision\":1}")
            }
        }
    }

    @Test("A stream that was silent for too long says where it is")
    func silence() async throws {
        var patience = HTTPPatience.endless
        patience.bookmark = .milliseconds(1)
        try await RESTServer.with(patience: patience) { server async throws in
            try await StreamReader.with(server.http, "/v1/stream?after=7:0") { stream async throws in
                _ = try await stream.next()
                #expect(try await stream.next() == "id: 7:0\nevent: bookmark\ndata: {\"revision\":0}")
            }
        }
    }

    @Test(
        "A place that does not count any more is a reset with its reason, and the end",
        arguments: [
            ("8:1", "epochChanged"), ("7:99", "epochChanged"), ("7:0", "compacted"),
        ])
    func reset(after: String, reason: String) async throws {
        let store = MemoryKeyValueStore(epoch: 7, retainedRevisions: 2)
        try await RESTServer.with(store) { server async throws in
            for number in 1...9 { _ = try await server.put("k", #"{"value":\#(number)}"#) }
            let answer = try await server.http.get("/v1/stream?after=\(after)")
            #expect(answer.status == 200)
            #expect(answer.body.contains("id\nevent: reset\ndata: {\"reason\":\"\(reason)\"}\n\n"))
        }
    }

    @Test(
        "Wrong places and scopes are 400",
        arguments: [
            ("after=x", "after"), ("after=7", "after"), ("after=7:", "after"), ("after=7:1:2", "after"),
            ("after=-7:1", "after"), ("after=7:99999999999999999999", "after"), ("prefix=a", "namespace"),
            ("namespace=a%20b", "namespace"), ("namspace=a", "namspace"), ("after=%2B7:1", "after"),
        ])
    func wrong(query: String, field: String) async throws {
        try await RESTServer.with { server async throws in
            let answer = try await server.http.get("/v1/stream?\(query)")
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"field\":\"\(field)\""), "\(answer.body)")
            let remembered = try await server.http.get("/v1/stream?after=7:0", [("Last-Event-ID", "nonsense")])
            #expect(remembered.status == 400)
        }
    }

    @Test("A reader that does not read costs a bounded amount, and gets everything when it reads again")
    func slowReader() async throws {
        try await RESTServer.with { server async throws in
            let namespace = try StoreNamespace("app")
            let value = String(repeating: "x", count: 100_000)
            try await StreamReader.with(server.http, "/v1/stream?namespace=app") { stream async throws in
                _ = try await stream.next()
                _ = try await stream.next()
                // 16 MB with what was before: more than the sockets, the watch's queue and the stream's buffer hold
                // together.
                for number in 0..<80 {
                    try await server.store.put(StoreKey(namespace, "k"), .string("\(number)-\(value)"))
                }
                for number in 0..<80 {
                    #expect(try await stream.next().contains("\"value\":\"\(number)-x"))
                }
            }
        }
    }

    @Test("A stream whose reader left gives its place back")
    func places() async throws {
        try await RESTServer.with { server async throws in
            for _ in 0..<3 {
                try await StreamReader.with(server.http, "/v1/stream?namespace=app") { stream async throws in
                    _ = try await stream.next()
                    #expect(try await server.http.get("/v1/kv/app?stats").body.contains(#""watchers":1"#))
                }
                while try await !server.http.get("/v1/kv/app?stats").body.contains(#""watchers":0"#) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
        }
    }

    @Test("Beyond the limit a stream is 503 and hears when to come again; other calls go on; a free place is given")
    func limit() async throws {
        try await RESTServer.with(streams: 2) { server async throws in
            try await StreamReader.with(server.http, "/v1/stream") { first async throws in
                _ = try await first.next()
                try await StreamReader.with(server.http, "/v1/stream") { second async throws in
                    _ = try await second.next()
                    let refused = try await server.http.get("/v1/stream")
                    #expect(refused.status == 503 && refused["Retry-After"] == "2")
                    #expect(refused.body.contains(#""code":"streams""#) && refused.body.contains("2 event streams"))
                    #expect(try await server.http.send("HEAD", "/v1/stream").status == 200, "asks for no place")
                    #expect(try await server.put("k", #"{"value":"x"}"#).status == 200)
                    #expect(try await second.next().contains("bookmark"))
                    #expect(try await second.next().contains(#""value":"x""#))
                }
                var reply = 503
                while reply == 503 {
                    reply = try await StreamReader.with(server.http, "/v1/stream") { third async throws in
                        third.head.contains(" 200 ") ? 200 : 503
                    }
                }
            }
        }
    }

    @Test("The store's end is the stream's end, without a reset: who comes back goes on")
    func closed() async throws {
        try await RESTServer.with { server async throws in
            try await StreamReader.with(server.http, "/v1/stream?after=7:0") { stream async throws in
                _ = try await stream.next()
                server.store.close()
                #expect(try await stream.next().hasPrefix(": "))
                await #expect(throws: StreamReader.Ended.self) { try await stream.next() }
            }
        }
    }
}
