import NIOCore
import NIOEmbedded
import Testing

@testable import CrierHTTP2

@Suite struct KeepaliveTests {
    @Test("A silent peer is probed after the idle time and lives when it answers")
    func probe() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        talk.loop.advanceTime(by: .seconds(59))
        #expect(try talk.frames().isEmpty)
        talk.loop.advanceTime(by: .seconds(2))
        let pings = try talk.frames().filter { $0.kind == .ping }
        #expect(pings.count == 1)
        try talk.send(Frame(type: 6, flags: 1, payload: pings[0].payload))
        talk.loop.advanceTime(by: .seconds(50))
        #expect(talk.channel.isActive)
    }

    @Test("A peer that talks is never probed")
    func busy() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        for _ in 0..<10 {
            talk.loop.advanceTime(by: .seconds(50))
            try talk.send(.data(1, [1]))
        }
        #expect(try talk.frames().filter { $0.kind == .ping }.isEmpty)
    }

    @Test("Two early PINGs are forgiven, the third ends the connection with too_many_pings")
    func strikes() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        for _ in 0..<3 {
            talk.loop.advanceTime(by: .seconds(10))
            try talk.send(.ping())
        }
        #expect(talk.channel.isActive)
        try talk.send(.ping())
        let goAway = try talk.frames().last { $0.kind == .goAway }
        #expect(goAway?.debugText == "too_many_pings")
        #expect(!talk.channel.isActive)
    }

    @Test("PINGs at the permitted interval are never struck")
    func permittedPings() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        for _ in 0..<10 {
            for _ in 0..<6 {
                talk.loop.advanceTime(by: .seconds(50))
                try talk.send(.data(1, [1]))
            }
            try talk.send(.ping())
        }
        #expect(talk.channel.isActive)
    }

    @Test("An old connection gets two GOAWAYs, finishes its exchanges and closes")
    func age() throws {
        var keepalive = KeepaliveConfiguration()
        keepalive.maximumAge = .seconds(30)
        let talk = try Conversation(keepalive: keepalive)
        try talk.shakeHands()
        try talk.send(.headers(1, end: true))
        talk.loop.advanceTime(by: .seconds(30))
        let first = try talk.frames()
        #expect(first.map(\.kind) == [.goAway, .ping])
        try talk.send(.headers(3, end: true))
        #expect(talk.exchanges.count == 2)
        try talk.send(Frame(type: 6, flags: 1, payload: first[1].payload))
        #expect(try talk.frames().map(\.kind) == [.goAway])
        #expect(talk.channel.isActive)
        for exchange in talk.exchanges { exchange.sendHead(ConnectionTests.answer, endStream: true) }
        _ = try talk.frames()
        #expect(!talk.channel.isActive)
    }

    @Test("When grace is over, an old connection is closed with what is still open")
    func grace() throws {
        var keepalive = KeepaliveConfiguration()
        keepalive.maximumAge = .seconds(30)
        keepalive.ageGrace = .seconds(10)
        let talk = try Conversation(keepalive: keepalive)
        try talk.shakeHands()
        try talk.send(.headers(1))
        talk.loop.advanceTime(by: .seconds(32))
        #expect(talk.channel.isActive)
        talk.loop.advanceTime(by: .seconds(12))
        #expect(!talk.channel.isActive)
    }
}
