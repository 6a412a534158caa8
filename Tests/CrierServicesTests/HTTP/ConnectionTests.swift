import CrierCore
import NIOCore
import Testing

@testable import CrierServices

@Suite("HTTP connections")
struct ConnectionTests {
    private func with(
        _ patience: HTTPPatience = .endless,
        _ body: @escaping @Sendable (HTTPServer) async throws -> Void
    ) async throws {
        try await HTTPServer.with(keyValue: KeyValueAccess(MemoryKeyValueStore(epoch: 7)), patience: patience, body)
    }

    private func answers(_ server: HTTPServer, _ text: String) async throws -> [HTTPServer.Answer] {
        HTTPServer.Answer.all(try await server.exchange(Array(text.utf8)))
    }

    @Test("A connection answers one request after the other, also when they come at once")
    func pipelining() async throws {
        try await with { server async throws in
            var text = ""
            for number in 0..<500 { text += "POST /v1/kv/app/n?increment=\(number) HTTP/1.1\r\nHost: t\r\n\r\n" }
            text += "GET /v1/kv/app/n HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
            let answers = try await answers(server, text)
            #expect(answers.count == 501)
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(answers.map { $0["ETag"] }.prefix(500) == (1...500).map { "\"\($0)\"" }[...])
            #expect(answers.last?.body.contains(#""value":"124750""#) == true)
        }
    }

    @Test("A body that says it is too long is 413 before a byte of it is sent, and the connection ends")
    func tooLong() async throws {
        try await with { server async throws in
            let answers = try await answers(
                server,
                """
                PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\
                Content-Length: 2097153\r\n\r\n
                """
            )
            #expect(answers.map(\.status) == [413])
            #expect(answers[0]["Connection"] == "close")
            #expect(answers[0].body.contains("2097152"))
        }
    }

    @Test("A body of chunks is bounded as well, and the sender hears why")
    func chunks() async throws {
        try await with { server async throws in
            var text = "PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
            text += "Transfer-Encoding: chunked\r\n\r\n"
            let chunk = "10000\r\n" + String(repeating: " ", count: 0x10000) + "\r\n"
            let answers = try await answers(server, text + String(repeating: chunk, count: 40))
            #expect(answers.map(\.status) == [413])
        }
    }

    @Test(
        "The last answer is heard also by who sends megabytes after it",
        arguments: [
            ("GET /", 431),
            ("PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999\r\n\r\n", 415),
            ("PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n", 415),
            ("PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nno chunk", 415),
        ])
    func lastAnswer(head: String, status: Int) async throws {
        try await with { server async throws in
            let connection = try await server.connection()
            try await connection.executeThenClose { inbound, _ in
                try await connection.channel.writeAndFlush(ByteBuffer(string: head))
                // More than the sockets hold: a server that stops reading, or resets the connection, is found out.
                try await connection.channel.writeAndFlush(Self.flood)
                var answer: [UInt8] = []
                for try await part in inbound { answer.append(contentsOf: part.readableBytesView) }
                #expect(HTTPServer.Answer.all(answer).map(\.status) == [status])
            }
        }
    }

    private static let flood = ByteBuffer(repeating: UInt8(ascii: "x"), count: 16 << 20)

    @Test("Who goes on sending after the last answer is cut off at last")
    func linger() async throws {
        var patience = HTTPPatience.endless
        patience.linger = .milliseconds(50)
        try await with(patience) { server async throws in
            let connection = try await server.connection()
            try await connection.executeThenClose { _, _ in
                try await connection.channel.writeAndFlush(ByteBuffer(string: "hello\r\n\r\n"))
                await #expect(throws: (any Error).self) {
                    while true { try await connection.channel.writeAndFlush(Self.flood) }
                }
            }
        }
    }

    @Test("A small body of chunks is a body")
    func smallChunks() async throws {
        try await with { server async throws in
            let answers = try await answers(
                server,
                """
                PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nConnection: close\r\n\
                Transfer-Encoding: chunked\r\n\r\n5\r\n{"val\r\n9\r\nue":"12"}\r\n0\r\n\r\n
                """
            )
            #expect(answers.map(\.status) == [200])
            #expect(answers[0].body.contains(#""value":"12""#))
        }
    }

    @Test("Who asks before sending a body is told to go on, or why not")
    func expectation() async throws {
        try await with { server async throws in
            let head = "PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nConnection: close\r\n"
            let json = head + "Content-Type: application/json\r\n"
            let taken = try await answers(server, json + "Content-Length: 13\r\n\r\n{\"value\":\"x\"}")
            #expect(taken.map(\.status) == [100, 200])
            #expect(try await answers(server, json + "Content-Length: 9999999\r\n\r\n").map(\.status) == [413])
            #expect(try await answers(server, head + "Content-Length: 13\r\n\r\n").map(\.status) == [415])
        }
    }

    @Test(
        "Headers over the limit are 431, a request that is none 400; both say so and end the connection",
        arguments: [
            ("GET /healthz HTTP/1.1\r\nHost: t\r\nX: " + String(repeating: "x", count: 9_000) + "\r\n\r\n", 431),
            ("GET /" + String(repeating: "x", count: 70_000) + " HTTP/1.1\r\nHost: t\r\n\r\n", 431),
            ("GET /healthz HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n", 431),
            ("hello\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nBad Header: x\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ])
    func unparsable(text: String, status: Int) async throws {
        try await with { server async throws in
            let answers = try await answers(server, text)
            #expect(answers.map(\.status) == [status])
            #expect(answers.first?["Content-Type"] == "application/problem+json")
            #expect(answers.first?["Connection"] == "close")
        }
    }

    @Test("A request cut off in its body is not done")
    func cutOff() async throws {
        try await with { server async throws in
            let head = "PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
            for body in [
                "Content-Length: 20\r\n\r\n{\"value\":\"x\"}",
                "Transfer-Encoding: chunked\r\n\r\nd\r\n{\"value\":\"x\"}\r\n",
            ] {
                try await server.connection()
                    .executeThenClose { _, outbound in
                        try await outbound.write(ByteBuffer(string: head + body))
                    }
            }
            #expect(try await server.get("/v1/kv/app/k").status == 404)
        }
    }

    @Test("An answer before the whole body came ends the connection: what follows is not taken for a request")
    func earlyAnswer() async throws {
        try await with { server async throws in
            let body = "DELETE /v1/kv/app/k HTTP/1.1\r\nHost: t\r\n\r\n"
            let answers = try await answers(
                server,
                "PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count + 1_000_000)\r\n\r\n" + body
            )
            #expect(answers.map(\.status) == [415])
            #expect(answers[0]["Connection"] == "close")
        }
    }

    @Test(
        "A body that does not come is 408, and who sends the rest too late hears it",
        arguments: ["Content-Length: 2000000", "Transfer-Encoding: chunked"])
    func slowBody(framing: String) async throws {
        var patience = HTTPPatience.endless
        patience.body = .milliseconds(100)
        try await with(patience) { server async throws in
            let head = "PUT /v1/kv/app/k HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\(framing)\r\n\r\n"
            let connection = try await server.connection()
            try await connection.executeThenClose { inbound, _ in
                try await connection.channel.writeAndFlush(ByteBuffer(string: head))
                var answer: [UInt8] = []
                for try await part in inbound { answer.append(contentsOf: part.readableBytesView) }
                let answers = HTTPServer.Answer.all(answer)
                #expect(answers.map(\.status) == [408])
                #expect(answers.first?["Connection"] == "close")
                try await connection.channel.writeAndFlush(Self.flood)
            }
        }
    }

    @Test(
        "A client that wants the connection to end is heard, however it spells it",
        arguments: [
            "close", "Close", "keep-alive, CLOSE",
        ])
    func close(value: String) async throws {
        try await with { server async throws in
            let get = "GET /healthz HTTP/1.1\r\nHost: t\r\n"
            let answers = try await answers(server, get + "\r\n" + get + "Connection: \(value)\r\n\r\n" + get + "\r\n")
            #expect(answers.map { $0["Connection"] } == [nil, "close"])
        }
    }

    @Test("A silent connection ends")
    func idle() async throws {
        var patience = HTTPPatience.endless
        patience.idle = .milliseconds(100)
        try await with(patience) { server async throws in
            #expect(try await server.exchange([]).isEmpty)
            #expect(try await server.exchange(Array("GET /healthz HTT".utf8)).isEmpty)
        }
    }

    @Test("A reader that takes nothing of its stream loses its connection")
    func stalledReader() async throws {
        var patience = HTTPPatience.endless
        patience.stall = .milliseconds(200)
        let store = MemoryKeyValueStore(epoch: 7)
        try await HTTPServer.with(keyValue: KeyValueAccess(store), patience: patience) { server async throws in
            let namespace = try StoreNamespace("app")
            try await StreamReader.with(server, "/v1/stream?namespace=app") { stream async throws in
                // It is not read from here on, while more comes than the sockets hold.
                for _ in 0..<20 {
                    try await store.put(StoreKey(namespace, "k"), .string(String(repeating: "x", count: 1 << 20)))
                }
                while try await !server.get("/v1/kv/app?stats").body.contains(#""watchers":0"#) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
        }
    }
}
