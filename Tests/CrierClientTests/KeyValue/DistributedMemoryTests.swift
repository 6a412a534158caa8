import CrierGRPC
import CrierMessages
import Testing

@testable import CrierClient

@Suite("A distributed memory", .timeLimit(.minutes(10)))
struct DistributedMemoryTests {
    private func configuration(_ gateway: TestKeyValueGateway) throws -> MemoryConfiguration {
        var configuration = try MemoryConfiguration(namespace: "app", gateway: gateway.configuration)
        configuration.timeout = .seconds(600)
        return configuration
    }

    private func code(
        _ body: () async throws -> Void
    ) async -> KeyValueClientError.Code? {
        await #expect(throws: KeyValueClientError.self) { try await body() }?.code
    }

    @Test("It is loaded when it is ready, and reads are typed")
    func typedReads() async throws {
        try await TestKeyValueGateway.run { gateway in
            try gateway.put("int", 7)
            try gateway.put("text", "seven")
            try await DistributedMemory.with(configuration(gateway)) { memory in
                let int = try memory.get("int", as: Int.self)
                #expect(int == 7)
                #expect(try memory.get("text", as: String.self) == "seven")
                #expect(try memory.get("none", as: Int.self) == nil)
                #expect(try memory.exists("int"))
                #expect(try !memory.exists("none"))
                #expect(try memory.count == 2)
                #expect(try memory.getAll(prefix: "t").map(\.key) == ["text"])
                #expect(await code { _ = try memory.get("text", as: Int.self) } == .wrongType)
                #expect(await code { _ = try memory.get("text", as: [Int].self) } == .wrongType)
            }
        }
    }

    @Test("What is put is there when put returns, in every type")
    func typedWrites() async throws {
        struct Point: Codable, Equatable { var (x, y): (Int, Double) }
        try await TestKeyValueGateway.run { gateway in
            try await DistributedMemory.with(configuration(gateway)) { memory in
                try await memory.put("int", -5)
                try await memory.put("double", 2.5)
                try await memory.put("bool", true)
                try await memory.put("text", "a\u{0}b")
                try await memory.put("bytes", bytes: [0, 255])
                try await memory.put("point", Point(x: 1, y: 0.5))
                try await memory.put("array", [1, 2, 3])
                try await memory.put("map", ["a": ["b"]])
                #expect(try memory.get("int", as: Int.self) == -5)
                #expect(try memory.get("double", as: Double.self) == 2.5)
                #expect(try memory.get("bool", as: Bool.self) == true)
                #expect(try memory.get("text", as: String.self) == "a\u{0}b")
                #expect(try memory.getBytes("bytes") == [0, 255])
                #expect(try memory.get("point", as: Point.self) == Point(x: 1, y: 0.5))
                #expect(try memory.get("array", as: [Int].self) == [1, 2, 3])
                #expect(try memory.get("map", as: [String: [String]].self) == ["a": ["b"]])
                #expect(await code { try await memory.put("no", Optional<Int>.none) } == .invalid)
                #expect(try await memory.remove("int"))
                #expect(try !memory.exists("int"))
                #expect(try await !memory.remove("int"))
                try await memory.putWithTTL("short", 1, .seconds(60))
                #expect(try memory.entry("short")?.expiresAt != nil)
                let position = try await memory.putBatch(["x/1": 1, "x/2": "two"])
                #expect(try memory.getAll(prefix: "x/").map(\.revision) == [position.revision, position.revision])
                #expect(try await memory.removeAll(prefix: "x/") == 2)
                #expect(try memory.getAll(prefix: "x/").isEmpty)
                #expect(try await memory.increment("sum", by: 5, initial: 10) == 15)
                #expect(try memory.get("sum", as: Int.self) == 15)
            }
        }
    }

    @Test("Before it is loaded, nothing is said to be absent")
    func notLoaded() async throws {
        try await TestKeyValueGateway.run { gateway in
            let memory = try DistributedMemory(configuration(gateway))
            #expect(await code { _ = try memory.get("k") } == .unavailable)
            #expect(await code { _ = try memory.exists("k") } == .unavailable)
            #expect(memory.age == nil && memory.position == nil && !memory.isFollowing)
            #expect(await code { try await memory.ready(within: .milliseconds(20)) } == .timedOut)
        }
    }

    @Test("Subscribers hear old and new, from everybody, once and in order")
    func subscriptions() async throws {
        try await TestKeyValueGateway.run { gateway in
            try gateway.put("a", 1)
            try await DistributedMemory.with(configuration(gateway)) { memory in
                var all = memory.subscribe().makeAsyncIterator()
                var one = memory.watch("b").makeAsyncIterator()
                try await memory.put("a", 2)
                try gateway.put("b", 3)
                try await memory.put("a", 4)
                gateway.remove("b")
                var changes: [MemoryChange] = []
                while changes.count < 4, case .changed(let change)? = await all.next() { changes.append(change) }
                #expect(changes.map(\.key) == ["a", "b", "a", "b"])
                #expect(changes.map(\.old?.value) == [1, nil, 2, 3])
                #expect(changes.map(\.new?.value) == [2, 3, 4, nil])
                #expect(changes.map(\.position.revision) == [12, 13, 14, 15] && !changes.contains(where: \.isReload))
                guard case .changed(let first)? = await one.next(), case .changed(let last)? = await one.next()
                else { throw Unexpected() }
                #expect(first.new?.value == 3 && last.kind == .delete)
            }
        }
    }

    @Test("Wherever the watch is cut, it goes on without a gap", arguments: 0...9)
    func cuts(messages: Int) async throws {
        try await TestKeyValueGateway.run { gateway in
            for key in ["a", "b", "c"] { try gateway.put(key, 1) }
            gateway.breaks { $0.watchCuts = [messages, 1, 2] }
            let clock = ManualClock()
            let memory = try DistributedMemory(configuration(gateway), clock: clock, random: { 0.5 })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await memory.run() }
                group.addTask { while !Task.isCancelled { await clock.skipSleep { $0 <= .seconds(5) } } }
                try await memory.ready()
                var told: [String: KeyValue] = [:]
                for entry in try memory.getAll() { told[entry.key] = entry.value }
                var events = memory.subscribe().makeAsyncIterator()
                for entry in try memory.getAll() { told[entry.key] = entry.value }
                for round in 2...4 as ClosedRange<Int64> {
                    try gateway.put("a", .int(round))
                    try gateway.put("new\(round)", .int(round))
                    gateway.remove(round == 3 ? "b" : "none")
                }
                let store = gateway.store
                let end = KeyValuePosition(epoch: store.epoch, revision: store.revision)
                try await memory.waitUntil(end)
                let truth = try store.entries.values.map { try KeyValueEntry($0) }.sorted { $0.key < $1.key }
                #expect(try memory.getAll() == truth)
                while told.count != truth.count || told["a"] != 4, case .changed(let change)? = await events.next() {
                    told[change.key] = change.new?.value
                }
                #expect(told == Dictionary(uniqueKeysWithValues: truth.map { ($0.key, $0.value) }))
                group.cancelAll()
            }
            #expect(gateway.watches.dropFirst().allSatisfy { $0.snapshot || $0.after != nil })
        }
    }

    @Test("A cut watch is resumed after the last position, not read anew")
    func resumes() async throws {
        try await TestKeyValueGateway.run { gateway in
            try gateway.put("a", 1)
            gateway.breaks { $0.watchCuts = [2] }
            try await DistributedMemory.with(configuration(gateway)) { memory in
                try gateway.put("a", 2)
                try await memory.waitUntil(KeyValuePosition(epoch: 7, revision: 12))
                #expect(try memory.get("a", as: Int.self) == 2)
            }
            #expect(gateway.watches.map(\.snapshot) == [true, false])
            #expect(gateway.watches.last?.after == Position(epoch: 7, revision: 11))
        }
    }

    @Test(
        "After a reset everything is read anew, and the differences are told",
        arguments: [WatchResponse.Reset.compacted, .epoch, .overflow])
    func resets(reset: WatchResponse.Reset) async throws {
        try await TestKeyValueGateway.run { gateway in
            for (key, value) in ["kept": 1, "changed": 1, "gone": 1] { try gateway.put(key, .int(Int64(value))) }
            // The snapshot's three entries and its end; then the cut.
            gateway.breaks { ($0.watchCuts, $0.reset) = ([4], reset) }
            try await DistributedMemory.with(configuration(gateway)) { memory in
                var events = memory.subscribe().makeAsyncIterator()
                gateway.edit { store in
                    if reset == .epoch { (store.epoch, store.revision) = (8, 20) }
                }
                try gateway.put("changed", 2)
                gateway.remove("gone")
                try gateway.put("new", 3)
                var told: [String: KeyValue?] = [:]
                while told.count < 3, case .changed(let change)? = await events.next() {
                    #expect(change.isReload && change.old?.value != change.new?.value)
                    told.updateValue(change.new?.value, forKey: change.key)
                }
                #expect(told == ["changed": 2, "gone": nil, "new": 3])
                #expect(try memory.getAll().map(\.key) == ["changed", "kept", "new"])
            }
        }
    }

    @Test("With the gateway away, reads say how old they are and writes fail")
    func away() async throws {
        try await TestKeyValueGateway.run { gateway in
            try gateway.put("a", 1)
            let clock = ManualClock()
            let memory = try DistributedMemory(configuration(gateway), clock: clock, random: { 0.5 })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await memory.run() }
                try await memory.ready()
                #expect(memory.age == .zero && memory.isFollowing)
                await gateway.stop()
                #expect(await clock.skipSleep { $0 <= .seconds(5) } == .milliseconds(100))
                #expect(!memory.isFollowing)
                clock.advance(by: .seconds(60))
                let read = try memory.read("a")
                #expect(read.entry?.value == 1 && read.age == .milliseconds(60_100))
                #expect(await code { try await memory.put("a", 2) } == .unavailable)
                #expect(await code { _ = try await memory.increment("a") } == .unavailable)
                #expect(await code { try await memory.refresh() } == .unavailable)
                #expect(try memory.get("a", as: Int.self) == 1)
                group.cancelAll()
            }
        }
    }

    @Test("A gateway that says nothing for too long is left, and found again where the memory stood")
    func silence() async throws {
        try await TestKeyValueGateway.run { gateway in
            var configuration = try configuration(gateway)
            configuration.watchSilence = .milliseconds(200)
            try await DistributedMemory.with(configuration) { memory in
                await gateway.wait { $0.watches.last?.after != nil }
                try await memory.put("a", 1)
                #expect(try memory.get("a", as: Int.self) == 1)
            }
        }
    }

    @Test("A subscriber that does not read hears that it missed something, and then goes on")
    func slowSubscriber() async throws {
        try await TestKeyValueGateway.run { gateway in
            var configuration = try configuration(gateway)
            configuration.subscriberEvents = 4
            try await DistributedMemory.with(configuration) { memory in
                var events = memory.subscribe().makeAsyncIterator()
                for value in 1...6 { try await memory.put("a", value) }
                try await memory.waitUntil(KeyValuePosition(epoch: 7, revision: 16))
                #expect(await events.next() == .missed)
                guard case .changed(let change)? = await events.next() else { throw Unexpected() }
                #expect(change.new?.value == 5)
            }
        }
    }

    @Test("Two processes' compare-and-swap loops lose nothing")
    func compareAndSwap() async throws {
        try await TestKeyValueGateway.run { gateway in
            let configuration = try configuration(gateway)
            try await DistributedMemory.with(configuration) { first in
                try await DistributedMemory.with(configuration) { second in
                    #expect(try await first.compareAndSwap("n", expected: nil, new: 0))
                    #expect(try await !second.compareAndSwap("n", expected: nil, new: 5))
                    #expect(try second.get("n", as: Int.self) == 0, "what was there by then is shown")
                    #expect(try await first.compareAndSwap("t", expected: nil, new: 0, ttl: .seconds(60)))
                    #expect(try first.entry("t")?.expiresAt != nil)
                    #expect(try await first.compareAndSwap("t", expected: 0, new: 1))
                    #expect(try first.entry("t")?.expiresAt == nil, "a put under a condition replaces the expiry")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for memory in [first, second] {
                            group.addTask {
                                for _ in 0..<20 {
                                    var old: KeyValue?
                                    var new: KeyValue
                                    repeat {
                                        old = try memory.get("n")
                                        guard case .int(let number) = old else { throw Unexpected() }
                                        new = .int(number + 1)
                                    } while try await !memory.compareAndSwap("n", expected: old, new: new)
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    try await first.refresh()
                    #expect(try first.get("n", as: Int.self) == 40)
                }
            }
        }
    }

    @Test("A position from another process is waited for; what never comes is given up")
    func waiting() async throws {
        try await TestKeyValueGateway.run { gateway in
            let configuration = try configuration(gateway)
            try await DistributedMemory.with(configuration) { writer in
                try await DistributedMemory.with(configuration) { reader in
                    for value in 1...20 {
                        let position = try await writer.put("n", value)
                        try await reader.waitUntil(position)
                        #expect(try reader.get("n", as: Int.self) == value)
                    }
                    let future = KeyValuePosition(epoch: 7, revision: 1000)
                    #expect(await code { try await reader.waitUntil(future, within: .milliseconds(20)) } == .timedOut)
                    let other = KeyValuePosition(epoch: 6, revision: 1)
                    #expect(await code { try await reader.waitUntil(other) } == .epochChanged)
                }
            }
        }
    }

    @Test("A gateway that refuses the namespace ends it, and everybody who waits hears why")
    func refused() async throws {
        try await TestKeyValueGateway.run { gateway in
            var configuration = try configuration(gateway)
            configuration.maxBytes = 10
            try gateway.put("large", "more than ten bytes")
            let memory = try DistributedMemory(configuration)
            let end = Noted<KeyValueClientError?>(nil)
            var events = memory.subscribe().makeAsyncIterator()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do throws(KeyValueClientError) {
                        try await memory.run()
                    } catch {
                        end.edit { $0 = error }
                    }
                }
                #expect(await code { try await memory.ready() } == .tooLarge)
                #expect(await events.next() == nil)
            }
            #expect(end.value?.code == .tooLarge)
        }
    }

    @Test("The namespace is the one given, else the instance's, else the application's; else it says so")
    func namespace() throws {
        func namespace(_ given: String?, _ environment: [String: String]) throws -> String {
            try MemoryConfiguration(namespace: given, gateway: GatewayConfiguration()) { environment[$0] }.namespace
        }
        let both = ["CRIER_INSTANCE_ID": "till-7", "CRIER_APP_NAME": "tills"]
        #expect(try namespace("given", both) == "given")
        #expect(try namespace(nil, both) == "till-7")
        #expect(try namespace(nil, ["CRIER_INSTANCE_ID": "", "CRIER_APP_NAME": "tills"]) == "tills")
        let error = #expect(throws: KeyValueClientError.self) { try namespace(nil, [:]) }
        #expect(error?.code == .invalid && error?.message.contains("CRIER_APP_NAME") == true)
    }
}
