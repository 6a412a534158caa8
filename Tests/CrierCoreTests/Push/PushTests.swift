import NIOCore
import NIOEmbedded
import Testing

@testable import CrierCore

@Suite struct PushTests {
    @Test("A push to a client of the same loop is written, and answered at once")
    func sameLoop() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        let caller = try test.push("hello", to: "a")
        #expect(agent.outlet.texts == ["hello"])
        let result = try #require(caller.results.first)
        #expect(caller.results.count == 1 && caller.tags == [7])
        #expect(result.outcome == .written && result.isSuccess && result.detail.isEmpty)
        #expect(result.node?.rawValue == "node-1")
        #expect(agent.outlet.messages.last?.id == result.message)
    }

    @Test("A push to a client of another loop crosses and comes back")
    func crossLoop() throws {
        let test = try TestGateway(loops: 2)
        let agent = try test.connect("a", on: 1)
        let caller = try test.push("hello", to: "a", from: 0)
        #expect(caller.results.isEmpty)
        test.loops[0].run()
        test.loops[1].run()
        #expect(agent.outlet.texts == ["hello"])
        #expect(caller.results.isEmpty, "the result belongs to the caller's loop")
        test.loops[0].run()
        #expect(caller.outcome == .written && caller.tags == [7])
        #expect(agent.outlet.messages.last?.id == caller.results[0].message)
    }

    @Test("Many pushes to another loop keep their order and need one wake")
    func oneWake() throws {
        let test = try TestGateway(loops: 2)
        let agent = try test.connect("a", on: 1)
        let callers = try (0..<100).map { try test.push("\($0)", to: "a", from: 0) }
        test.settle()
        #expect(agent.outlet.texts == (0..<100).map(String.init))
        #expect(callers.allSatisfy { $0.results.count == 1 && $0.outcome == .written })
    }

    @Test("A client that is not there is a result that names it, and nothing is encoded")
    func notConnected() throws {
        let test = try TestGateway()
        let caller = try test.push("x", to: "nobody")
        let result = try #require(caller.results.first)
        #expect(result.outcome == .notConnected && !result.isSuccess && result.node == nil)
        #expect(result.detail.contains("nobody"))
        #expect(test.encoder.count == 0)
    }

    @Test("A client that does not read is CONGESTED, and the push is not written", arguments: [0, 1])
    func congested(loop: Int) throws {
        let test = try TestGateway(loops: 2)
        let agent = try test.connect("a", on: loop)
        agent.outlet.answer = .congested
        let caller = try test.push("x", to: "a")
        test.settle()
        #expect(caller.outcome == .congested && caller.results[0].isSuccess == false)
        agent.outlet.answer = .accepted
        let next = try test.push("y", to: "a")
        test.settle()
        #expect(next.outcome == .written)
        #expect(agent.outlet.texts == ["y"])
    }

    @Test("A push whose session is superseded before it arrives is not written to either")
    func supersededOnTheWay() throws {
        let test = try TestGateway(loops: 2)
        let old = try test.connect("a", on: 1)
        let early = try test.push("early", to: "a", from: 0)
        let new = try test.connect("a", on: 0)
        let late = try test.push("late", to: "a", from: 0)
        #expect(new.outlet.texts == ["late"] && late.outcome == .written)
        test.settle()
        #expect(early.outcome == .notConnected, "written now, it would be read after the later one")
        #expect(old.outlet.texts.isEmpty && new.outlet.texts == ["late"])
    }

    @Test("A message is encoded once")
    func encodedOnce() throws {
        let test = try TestGateway(loops: 2)
        _ = try test.connect("a", on: 1)
        let before = test.encoder.count
        try test.push("x", to: "a", from: 0)
        test.settle()
        #expect(test.encoder.count == before + 1)
    }

    @Test("A time to live, a collapse key and a trace parent reach the client")
    func envelope() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        var request = PushRequest(client: agent.handle.client, content: .event(type: "update", details: "d"))
        request.timeToLiveMilliseconds = 5
        request.collapseKey = "k"
        request.traceParent = "00-1-2-03"
        _ = try test.push(request)
        let message = try #require(agent.outlet.messages.last)
        #expect(message.content == .event(type: "update", details: "d"))
        #expect(message.expiresAt == TestGateway.wallTime + 5)
        #expect(message.collapseKey == "k" && message.traceParent == "00-1-2-03" && message.sequence == 0)
        request.timeToLiveMilliseconds = .max
        _ = try test.push(request)
        #expect(agent.outlet.messages.last?.expiresAt == .max)
    }

    @Test(
        "A wrong request is refused, naming its field, and nobody hears of a result",
        arguments: [
            ("durable", GatewayError.Code.unimplemented), ("idempotency_key", .unimplemented),
            ("ttl_ms", .invalidArgument), ("collapse_key", .invalidArgument), ("traceparent", .invalidArgument),
            ("event.type", .invalidArgument),
        ]
    )
    func wrongRequest(field: String, code: GatewayError.Code) throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        let long = String(repeating: "x", count: 256)
        var request = PushRequest(client: agent.handle.client, content: .text("t"))
        switch field {
        case "durable": request.isDurable = true
        case "idempotency_key": request.idempotencyKey = "k"
        case "ttl_ms": request.timeToLiveMilliseconds = -1
        case "collapse_key": request.collapseKey = long
        case "traceparent": request.traceParent = long
        default: request.content = .event(type: long, details: "")
        }
        let caller = TestCaller()
        let error = #expect(throws: GatewayError.self) {
            try test.gateway.push(request, on: test.loop, caller: caller)
        }
        #expect(error?.code == code && error?.field == field)
        #expect(caller.results.isEmpty && agent.outlet.texts.isEmpty)
    }

    @Test("A message that no client would take is refused")
    func tooLarge() throws {
        let test = try TestGateway()
        let agent = try test.connect("a")
        test.encoder.pretendSize(Limits.messageBytes + 1)
        let error = #expect(throws: GatewayError.self) { try test.push("x", to: "a") }
        #expect(error?.code == .invalidArgument && error?.message.contains("\(Limits.messageBytes)") == true)
        #expect(agent.outlet.texts.isEmpty)
        test.encoder.pretendSize(Limits.messageBytes)
        #expect(try test.push("x", to: "a").outcome == .written)
    }

    @Test("A notice gets the file's facts from the store and keeps the caller's; an unknown file is refused")
    func fileNotice() throws {
        struct OneFile: FileNoticeSource {
            func completed(_ notice: FileNotice) throws(GatewayError) -> FileNotice {
                guard notice.fileID == "f" else { throw GatewayError(.notFound, field: "file_id", "unknown") }
                var notice = notice
                notice.fileSize = 99
                return notice
            }
        }
        let test = try TestGateway(files: OneFile())
        let agent = try test.connect("a")
        var notice = FileNotice(fileID: "f")
        notice.rolloutID = "r"
        _ = try test.push(PushRequest(client: agent.handle.client, content: .fileNotice(notice)))
        notice.fileSize = 99
        #expect(agent.outlet.messages.last?.content == .fileNotice(notice))
        let unknown = PushRequest(client: agent.handle.client, content: .fileNotice(FileNotice(fileID: "g")))
        let error = #expect(throws: GatewayError.self) { try test.push(unknown) }
        #expect(error?.code == .notFound)
    }
}
