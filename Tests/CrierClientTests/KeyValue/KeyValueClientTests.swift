import CrierGRPC
import CrierMessages
import Testing

@testable import CrierClient

@Suite("The key-value client", .timeLimit(.minutes(10)))
struct KeyValueClientTests {
    private func using(
        _ body: (KeyValueClient, TestKeyValueGateway) async throws -> Void
    ) async throws {
        try await TestKeyValueGateway.run { gateway in
            let link = try GatewayLink(gateway.configuration)
            try await body(KeyValueClient(link, timeout: .seconds(600)), gateway)
            await link.close()
        }
    }

    @Test(
        "What is put is got back, typed, with its revisions",
        arguments: [
            KeyValue.string("a\u{0}b"), .string(""), .int(.min), .int(.max), .double(-0.0), .double(1e308), .bool(true),
            .bool(false), .json(#"{"a":[1]}"#), .bytes([0, 255]), .bytes([]),
        ])
    func values(value: KeyValue) async throws {
        try await using { client, gateway in
            let written = try await client.put("k", value, in: "app", expiry: .after(.seconds(2)))
            let read = try await client.get("k", in: "app")
            #expect(read.entry == written.entry && read.entry?.value == value)
            #expect(read.entry?.revision == 11 && read.entry?.version == 1 && read.entry?.expiresAt != nil)
            #expect(written.position == KeyValuePosition(epoch: 7, revision: 11) && written.previous == nil)
            #expect(try await client.put("k", 1, in: "app").previous?.value == value)
            #expect(try await client.get("other", in: "app").entry == nil)
        }
    }

    @Test("Lists come in pages; history, statistics and namespaces are told")
    func reads() async throws {
        try await using { client, gateway in
            for key in ["a", "b", "c"] { try await client.put(key, .string(key), in: "app") }
            let first = try await client.list(in: "app", limit: 2)
            #expect(first.entries.map(\.key) == ["a", "b"] && first.nextCursor != nil)
            let last = try await client.list(in: "app", limit: 2, cursor: first.nextCursor)
            #expect(last.entries.map(\.key) == ["c"] && last.nextCursor == nil)
            #expect(try await client.listKeys(in: "app", prefix: "b").keys.map(\.key) == ["b"])
            let history = try await client.history(of: "a", in: "app")
            #expect(history.changes.map(\.kind) == [.put])
            #expect(try await client.statistics(of: "app").hotKeys.first?.reads == 3)
            #expect(try await client.namespaces().map(\.name) == ["app"])
        }
    }

    @Test("Deletions, increments and transactions say what they did")
    func writes() async throws {
        try await using { client, gateway in
            #expect(try await client.increment("n", by: 5, initial: 10, in: "app").entry.value == 15)
            try await client.put("p/1", true, in: "app")
            try await client.put("p/2", 2.5, in: "app")
            #expect(try await client.delete(prefix: "p/", in: "app").count == 2)
            #expect(try await client.delete("p/1", in: "app").count == 0)
            #expect(try await client.delete("n", in: "app").previous?.value == 15)
            try await client.put("gone", "x", in: "app")
            let outcome = try await client.transact(
                KeyValueTransaction(
                    guards: [KeyValueGuard("gone", in: "app", .value("x")), KeyValueGuard("new", in: "app", .absent)],
                    then: [
                        .delete(namespace: "app", key: "gone"),
                        .put(namespace: "app", key: "new", value: 1),
                        .increment(namespace: "app", key: "sum", by: 2),
                    ],
                    otherwise: [.put(namespace: "app", key: "never", value: 0)]
                )
            )
            #expect(outcome.succeeded && outcome.changes.map(\.kind) == [.delete, .put, .put])
            #expect(outcome.changes.allSatisfy { $0.revision == outcome.position.revision })
        }
    }

    @Test("A condition that does not hold names the revision that is there")
    func conditions() async throws {
        try await using { client, gateway in
            let written = try await client.put("k", 1, in: "app", if: .absent)
            let error = await #expect(throws: KeyValueClientError.self) {
                try await client.put("k", 2, in: "app", if: .absent)
            }
            #expect(error?.code == .preconditionFailed && error?.currentRevision == written.position.revision)
            try await client.put("k", 2, in: "app", if: .revision(written.entry.revision))
            try await client.delete("k", in: "app", if: .value(2))
        }
    }

    @Test("Every refusal has its code")
    func refusals() async throws {
        try await using { client, gateway in
            #expect(await code { try await client.put("", 1, in: "app") } == .invalid)
            #expect(await code { try await client.put("k", 1, in: "app", expiry: .after(.zero)) } == .invalid)
            #expect(await code { try await client.put("k", 1, in: "app", expiry: .lease(9)) } == .leaseNotFound)
            #expect(await code { try await client.put("k", 1, in: "app", expiry: .lease(0)) } == .leaseNotFound)
            try await client.put("k", "text", in: "app")
            #expect(await code { try await client.increment("k", in: "app") } == .wrongType)
            try await client.put("k", .int(.max), in: "app")
            #expect(await code { try await client.increment("k", in: "app") } == .overflow)
            #expect(await code { try await client.renewLease(77) } == .leaseNotFound)
            gateway.breaks { $0.refused["Put"] = GRPCStatus(.permissionDenied, "no") }
            #expect(await code { try await client.put("k", 1, in: "app") } == .denied)
        }
    }

    @Test("A write whose answer is lost is indeterminate; a read that is lost, and what was never sent, is unavailable")
    func lostAnswers() async throws {
        try await using { client, gateway in
            gateway.breaks { $0.refused["Put"] = GRPCStatus(.unavailable, "the store says so") }
            #expect(await code { try await client.put("k", 1, in: "app") } == .unavailable, "nothing was done")
            gateway.breaks { ($0.refused, $0.unanswered) = ([:], ["Put", "Get"]) }
            async let write = code { try await client.put("k", 1, in: "app") }
            async let read = code { _ = try await client.get("k", in: "app") }
            await gateway.wait { $0.requests("Put") == 2 && $0.requests("Get") == 1 }
            #expect(gateway.store.entries["k"] != nil, "it did happen")
            await gateway.stop()
            #expect(await write == .indeterminate)
            #expect(await read == .unavailable)
            #expect(await code { try await client.put("k", 1, in: "app") } == .unavailable, "it was never sent")
        }
    }

    @Test("A watch on a gateway that says nothing ends as unavailable: a host that is gone does not say so")
    func silentWatch() async throws {
        try await TestKeyValueGateway.run { gateway in
            gateway.breaks { $0.isMute = true }
            let link = try GatewayLink(gateway.configuration)
            let client = KeyValueClient(link, timeout: .seconds(600), watchSilence: .milliseconds(200))
            var events = try await client.watch("app").makeAsyncIterator()
            let error = await #expect(throws: KeyValueClientError.self) { try await events.next() }
            #expect(error?.code == .unavailable && error?.message.contains("200 ms") == true)
            await link.close()
        }
    }

    private func code(_ body: () async throws -> Void) async -> KeyValueClientError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? KeyValueClientError)?.code
        }
    }

    @Test("A watch tells the snapshot, its end, and every change after it; a backup comes whole")
    func streams() async throws {
        try await using { client, gateway in
            try await client.put("a", 1, in: "app")
            let watch = try await client.watch("app", from: .snapshot)
            var events = watch.makeAsyncIterator()
            guard case .snapshot(let entries) = try await events.next() else { throw Unexpected() }
            #expect(entries.map(\.key) == ["a"])
            #expect(try await events.next() == .snapshotEnd(KeyValuePosition(epoch: 7, revision: 11)))
            try await client.put("b", 2, in: "app")
            guard case .changes(let changes, let position) = try await events.next() else { throw Unexpected() }
            #expect(changes.map(\.key) == ["b"] && position.revision == 12)
            var bytes: [UInt8] = []
            for try await piece in try await client.backup() { bytes += piece }
            #expect(bytes == [1, 2, 3, 4, 5])
        }
    }
}

/// Something else came than a test waits for.
struct Unexpected: Error {}
