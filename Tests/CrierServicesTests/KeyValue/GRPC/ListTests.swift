import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import Testing

@Suite("Key-value over gRPC: lists", .timeLimit(.minutes(10)))
struct ListTests {
    @Test("Pages follow each other by their cursor, and all carry the position of the first")
    func pages() async throws {
        try await KeyValueServer.run { server in
            for number in 0..<7 { try await server.put("k:\(number)/é", Int64(number)) }
            try await server.put("other", 1)
            var keys: [String] = []
            var request = ListRequest(namespace: "n", prefix: "k:", limit: 3)
            repeat {
                let page: ListResponse = try await server.call("List", request)
                #expect(page.position?.revision == 8)
                keys += page.entries.map(\.key)
                request.cursor = page.nextCursor
                try await server.put("k:9", 1)
            } while !request.cursor.isEmpty
            #expect(keys == (0..<7).map { "k:\($0)/é" } + ["k:9"])
        }
    }

    @Test("Without a namespace everything is listed; keys_only leaves the values out")
    func everything() async throws {
        try await KeyValueServer.run { server in
            try await server.put("a", 1, namespace: "x")
            try await server.put("b", 1, namespace: "y")
            let all: ListResponse = try await server.call("List", ListRequest(keysOnly: true))
            #expect(all.entries.map(\.key) == ["a", "b"] && all.entries.allSatisfy { $0.value == nil })
            #expect(all.nextCursor.isEmpty)
        }
    }

    @Test("A page of large values stays below what gRPC clients take, and loses nothing")
    func largeValues() async throws {
        try await KeyValueServer.run { server in
            let value = StoreValue.bytes([UInt8](repeating: 1, count: KeyValueLimits.valueBytes))
            for number in 0..<6 {
                try await server.store.put(StoreKey(StoreNamespace("n"), "\(number)"), value)
            }
            var keys: [String] = []
            var request = ListRequest(namespace: "n")
            repeat {
                let path = "\(KeyValueServer.serviceName)/List"
                let bytes = try await server.channel.unary(path, request.framed)
                #expect(bytes.readableBytes < 4 << 20)
                let page = try ListResponse(bytes)
                keys += page.entries.map(\.key)
                request.cursor = page.nextCursor
            } while !request.cursor.isEmpty
            #expect(keys == (0..<6).map(String.init))
        }
    }

    @Test("Cursors from elsewhere, negative limits and prefixes that cannot be are INVALID_ARGUMENT")
    func refusals() async throws {
        try await KeyValueServer.run { server in
            for key in ["a", "b"] { try await server.put(key, 1) }
            let page: ListResponse = try await server.call("List", ListRequest(namespace: "n", limit: 1))
            let cursor = page.nextCursor
            let ofOtherEpoch = hex("8:1:n/a")
            let ofTheFuture = hex("7:99:n/a")
            for (request, word) in [
                (ListRequest(namespace: "n", cursor: "x"), "cursor"),
                (ListRequest(namespace: "n", cursor: cursor + "0"), "cursor"),
                (ListRequest(namespace: "n", cursor: cursor.uppercased() + "zz"), "cursor"),
                (ListRequest(namespace: "other", cursor: cursor), "cursor"),
                (ListRequest(namespace: "n", prefix: "b", cursor: cursor), "cursor"),
                (ListRequest(namespace: "n", cursor: ofOtherEpoch), "cursor"),
                (ListRequest(namespace: "n", cursor: ofTheFuture), "cursor"),
                (ListRequest(namespace: "n", cursor: hex("7:1:n")), "cursor"),
                (ListRequest(namespace: "n", cursor: hex(String(repeating: "9", count: 1000))), "cursor"),
                (ListRequest(namespace: "n", limit: -1), "limit"), (ListRequest(prefix: "a"), "namespace"),
                (ListRequest(namespace: "n", prefix: "\0"), "prefix"),
                (ListRequest(namespace: "n", prefix: String(repeating: "p", count: 513)), "prefix"),
            ] {
                let status = try await server.refusal("List", request)
                #expect(status?.code == .invalidArgument && status?.message.contains(word) == true, "\(request)")
            }
            let large: ListResponse = try await server.call("List", ListRequest(namespace: "n", limit: .max))
            #expect(large.entries.count == 2)
        }
    }

    private func hex(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
