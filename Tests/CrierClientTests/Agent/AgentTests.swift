import CrierGRPC
import CrierMessages
import Synchronization
import Testing

@testable import CrierClient

@Suite("An agent", .timeLimit(.minutes(10)))
struct AgentTests {
    let clock = ManualClock()

    private func configuration(_ gateway: TestGateway, directory: TemporaryDirectory? = nil) -> AgentConfiguration {
        AgentConfiguration(
            clientID: "till-7",
            labels: [Label(key: "site", value: "berlin")],
            gateway: gateway.configuration,
            agentVersion: "test",
            directory: directory?.path
        )
    }

    /// Runs an agent while `body` does.
    private func running(
        _ configuration: AgentConfiguration,
        _ body: (Agent) async throws -> Void
    ) async throws {
        let agent = try Agent(configuration, clock: clock, random: { 0.5 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run() }
            try await body(agent)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func register(_ payload: ClientMessage.Payload) -> RegisterRequest? {
        if case .register(let register) = payload { register } else { nil }
    }

    private func reconnect(_ payload: ClientMessage.Payload) -> ReconnectRequest? {
        if case .reconnect(let reconnect) = payload { reconnect } else { nil }
    }

    private func isPause(_ length: Duration) -> Bool { length < .seconds(2) }

    @Test("It says who it is, and hears everything in order, typed")
    func messages() async throws {
        try await TestGateway.run { session in
            try await session.welcome()
            try await session.send(.text(TextMessage(content: "a\u{0}b")), id: "1")
            try await session.send(.event(NotifyEvent(type: "update", details: "now")), id: "2")
            try await session.send(.data([0, 1, 255]), id: "3")
            try await session.listen()
        } _: { gateway in
            try await running(configuration(gateway)) { agent in
                var messages = agent.messages.makeAsyncIterator()
                #expect(await messages.next()?.content == .text("a\u{0}b"))
                #expect(await messages.next()?.content == .event(type: "update", details: "now"))
                #expect(await messages.next()?.content == .data([0, 1, 255]))
            }
            let register = try await gateway.hear(register)
            #expect(register.clientID == "till-7" && register.attempt == 1 && !register.instanceID.isEmpty)
            #expect(register.labels == [Label(key: "site", value: "berlin")])
        }
    }

    @Test("The same message twice is told once")
    func duplicates() async throws {
        try await TestGateway.run { session in
            try await session.welcome()
            for id in ["1", "1", "2", "1", "3"] { try await session.send(.text(TextMessage(content: id)), id: id) }
            try await session.listen()
        } _: { gateway in
            try await running(configuration(gateway)) { agent in
                var texts: [AgentMessage.Content] = []
                for await message in agent.messages.prefix(3) { texts.append(message.content) }
                #expect(texts == [.text("1"), .text("2"), .text("3")])
            }
        }
    }

    @Test("After a loss it comes back as itself, after a pause")
    func reconnects() async throws {
        try await TestGateway.run { session in
            try await session.welcome()
            if session.number == 1 { throw GRPCStatus(.unavailable, "going away") }
            try await session.send(.text(TextMessage(content: "again")), id: "1")
            try await session.listen()
        } _: { gateway in
            try await running(configuration(gateway)) { agent in
                let pause = await clock.skipSleep(where: isPause)
                #expect(pause == .seconds(1))
                var messages = agent.messages.makeAsyncIterator()
                #expect(await messages.next()?.content == .text("again"))
            }
            let first = try await gateway.hear(register)
            let second = try await gateway.hear(reconnect)
            #expect(second.lastSessionID == "session-1" && second.clientID == "till-7")
            #expect(second.register?.attempt == 2 && second.register?.instanceID == first.instanceID)
        }
    }

    @Test("A gateway's word about when to come back is kept")
    func retryAfter() async throws {
        try await TestGateway.run { session in
            if session.number == 1 {
                throw GRPCStatus(.resourceExhausted, "quarantined", metadata: ["crier-retry-after-ms": "7000"])
            }
            try await session.welcome()
            try await session.listen()
        } _: { gateway in
            try await running(configuration(gateway)) { _ in
                #expect(await clock.skipSleep { $0 < .seconds(10) } == .seconds(7))
                try await gateway.waitToHear { if case .register = $0 { true } else { false } }
            }
        }
    }

    @Test("It beats as often as it was told")
    func heartbeats() async throws {
        try await TestGateway.run { session in
            try await session.welcome(heartbeat: 5000)
            try await session.listen()
        } _: { gateway in
            try await running(configuration(gateway)) { _ in
                #expect(await clock.skipSleep { $0 <= .seconds(5) } == .seconds(5))
                try await gateway.waitToHear { if case .heartbeat = $0 { true } else { false } }
            }
        }
    }

    @Test("A gateway that says nothing for three intervals is left")
    func silence() async throws {
        try await TestGateway.run { session in
            try await session.welcome(heartbeat: 5000)
            try await session.listen(answers: false)
        } _: { gateway in
            try await running(configuration(gateway)) { _ in
                for _ in 1...4 { await clock.skipSleep { $0 > .seconds(4) && $0 <= .seconds(5) } }
                await clock.skipSleep(where: isPause)
                try await gateway.hear(reconnect)
            }
        }
    }

    @Test("A redirect is followed when its time has come, and not before: what the gateway still writes is heard")
    func redirect() async throws {
        try await TestGateway.run { session in
            try await session.welcome()
            try await session.send(.text(TextMessage(content: "elsewhere")), id: "2")
            try await session.listen()
        } _: { other in
            let target = other.target.description
            try await TestGateway.run { session in
                try await session.welcome()
                try await session.send(.redirect(Redirect(afterMs: 9000, targets: [target], reason: "drain")))
                try await session.send(.text(TextMessage(content: "still here")), id: "1")
                try await session.listen()
            } _: { gateway in
                try await running(configuration(gateway)) { agent in
                    var messages = agent.messages.makeAsyncIterator()
                    #expect(await messages.next()?.content == .text("still here"))
                    #expect(other.heard.isEmpty)
                    // This gateway never ends the stream.
                    let patience = Limits.redirectPatience
                    #expect(await clock.skipSleep { $0 <= .seconds(9) + patience } == .seconds(9) + patience)
                    #expect(await messages.next()?.content == .text("elsewhere"))
                }
            }
        }
    }

    @Test("After a redirect, files are pulled from the gateway where the session is")
    func redirectedDownloads() async throws {
        let content = sampleBytes(20_000)
        let notice = Mutex(FileNotice())
        try await TestGateway.run { session in
            try await session.welcome()
            try await session.send(.fileNotice(notice.withLock { $0 }), id: "1")
            try await session.listen()
        } _: { other in
            notice.withLock { $0 = other.add(content, name: "file.bin") }
            let target = other.target.description
            try await TestGateway.run { session in
                try await session.welcome()
                try await session.send(.redirect(Redirect(targets: [target], reason: "rebalance")))
            } _: { gateway in
                let directory = try TemporaryDirectory()
                var configuration = configuration(gateway)
                configuration.directory = directory.path
                try await running(configuration) { _ in
                    try await other.waitToHear { payload in
                        if case .fileStatus(let status) = payload { status.state == .verified } else { false }
                    }
                }
                #expect(directory.bytes("file.bin") == content)
                #expect(gateway.downloadOffsets.isEmpty && other.downloadOffsets == [0])
            }
        }
    }

    @Test("A redirect to a node that cannot be reached leads back to the known gateways")
    func unreachableTarget() async throws {
        try await TestGateway.run { session in
            try await session.welcome()
            guard session.number == 1 else {
                try await session.send(.text(TextMessage(content: "back")), id: "1")
                return try await session.listen()
            }
            // Nobody listens on port 1.
            try await session.send(.redirect(Redirect(targets: ["127.0.0.1:1", "127.0.0.1:0"], reason: "drain")))
        } _: { gateway in
            try await running(configuration(gateway)) { agent in
                var messages = agent.messages.makeAsyncIterator()
                #expect(await messages.next()?.content == .text("back"))
            }
        }
    }

    @Test("Who was replaced for good does not come back")
    func superseded() async throws {
        try await TestGateway.run { session in
            try await session.welcome()
            try await session.send(.redirect(Redirect(reason: "superseded", final: true)))
            try await session.listen()
        } _: { gateway in
            let agent = try Agent(configuration(gateway), clock: clock)
            let error = await #expect(throws: CrierClientError.self) { try await agent.run() }
            #expect(error?.code == .superseded)
            #expect(error?.message.contains("superseded") == true)
        }
    }

    @Test("A refused client id is final")
    func refused() async throws {
        try await TestGateway.run { _ in
            throw GRPCStatus(.invalidArgument, "client_id has a control character")
        } _: { gateway in
            let agent = try Agent(configuration(gateway), clock: clock)
            let error = await #expect(throws: CrierClientError.self) { try await agent.run() }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("An application that does not read stops the gateway, and loses nothing when it reads again")
    func backPressure() async throws {
        let count = 20_000
        let sent = Mutex(0)
        try await TestGateway.run { session in
            try await session.welcome()
            let text = String(repeating: "x", count: 1000)
            for number in 0..<count {
                try await session.send(.text(TextMessage(content: "\(number) \(text)")), id: "\(number)")
                sent.withLock { $0 += 1 }
            }
            try await session.listen()
        } _: { gateway in
            try await running(configuration(gateway)) { agent in
                var messages = agent.messages.makeAsyncIterator()
                _ = await messages.next()
                var (before, after) = (-1, 0)
                // It stands still when two looks, many turns apart, see the same.
                while before != after {
                    before = after
                    for _ in 0..<20_000 { await Task.yield() }
                    after = sent.withLock { $0 }
                }
                #expect(after < count)
                for number in 1..<count {
                    guard case .text(let text) = await messages.next()?.content, text.hasPrefix("\(number) ") else {
                        Issue.record("message \(number) is missing or out of order")
                        return
                    }
                }
            }
        }
    }

    @Test("An announced file is pulled, handed over and reported, over a connection of its own")
    func pulls() async throws {
        let content = sampleBytes(20_000)
        let directory = try TemporaryDirectory()
        let mostConnections = Mutex(0)
        let notice = Mutex(FileNotice())
        try await TestGateway.run { session in
            try await session.welcome()
            try await session.send(.fileNotice(notice.withLock { $0 }), id: "n1")
            try await session.listen()
        } _: { gateway in
            notice.withLock { $0 = gateway.add(content, name: "fw.bin") }
            gateway.cutDownloads(after: 7000)
            var configuration = configuration(gateway, directory: directory)
            configuration.onFile = { file in
                mostConnections.withLock { $0 = max($0, gateway.connections) }
                return file.path.hasSuffix("/fw.bin") ? .installed : .failed("where is it?")
            }
            try await running(configuration) { _ in
                await clock.skipSleep(where: isPause)
                try await gateway.waitToHear {
                    if case .fileStatus(let status) = $0, status.state == .installed { true } else { false }
                }
            }
            #expect(directory.bytes("fw.bin") == content)
            #expect(directory.names(".crier") == [])
            #expect(gateway.downloadOffsets == [0, 7000])
            #expect(mostConnections.withLock { $0 } == 2)
            let states = gateway.heard.compactMap { message -> FileStatus.State? in
                if case .fileStatus(let status) = message.payload, status.messageID == "n1" {
                    status.state
                } else {
                    nil
                }
            }
            #expect(states.contains(.verified))
            #expect(states.last == .installed)
        }
    }

    @Test("A name that cannot be used is reported as FAILED")
    func badName() async throws {
        let directory = try TemporaryDirectory()
        let notice = Mutex(FileNotice())
        try await TestGateway.run { session in
            try await session.welcome()
            try await session.send(.fileNotice(notice.withLock { $0 }), id: "n1")
            try await session.listen()
        } _: { gateway in
            notice.withLock { $0 = gateway.add([1, 2, 3], name: "../../etc/passwd") }
            try await running(configuration(gateway, directory: directory)) { _ in
                let status = try await gateway.hear { payload -> FileStatus? in
                    if case .fileStatus(let status) = payload { status } else { nil }
                }
                #expect(status.state == .failed && status.messageID == "n1")
                #expect(status.detail.contains("file_name"))
            }
        }
    }

    @Test("The gateway's clock decides what is too early, not ours")
    func gatewayClock() async throws {
        let directory = try TemporaryDirectory()
        let notice = Mutex(FileNotice())
        let hourAhead = clock.wallMilliseconds + 3_600_000
        try await TestGateway.run { session in
            try await session.welcome(serverTime: hourAhead)
            try await session.send(.fileNotice(notice.withLock { $0 }), id: "n1")
            try await session.listen()
        } _: { gateway in
            notice.withLock {
                $0 = gateway.add([1, 2, 3], name: "f")
                $0.notBefore = hourAhead - 1
            }
            try await running(configuration(gateway, directory: directory)) { _ in
                try await gateway.waitToHear {
                    if case .fileStatus(let status) = $0, status.state == .verified { true } else { false }
                }
            }
            #expect(directory.bytes("f") == [1, 2, 3])
        }
    }
}
