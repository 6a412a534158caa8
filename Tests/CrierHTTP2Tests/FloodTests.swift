import NIOCore
import NIOEmbedded
import Testing

@testable import CrierHTTP2

/// Peers that cost us work and themselves nothing: each is ended with ENHANCE_YOUR_CALM, and nobody else suffers.
@Suite struct FloodTests {
    private static let calm = HTTP2Error.Code.enhanceYourCalm.rawValue

    private static func isEnded(_ talk: Conversation) throws -> Bool {
        let goAway = try talk.frames().last { $0.kind == .goAway }
        return goAway?.errorCode == calm && !talk.channel.isActive
    }

    @Test("A flood of PINGs ends the connection")
    func pings() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        for _ in 0..<10 { try talk.send(.ping()) }
        #expect(try Self.isEnded(talk))
    }

    @Test("A PING for each DATA frame, as bandwidth estimators send them, is no flood")
    func bandwidthEstimates() {
        let (limits, now) = (HTTP2Limits(), NIODeadline.now())
        var guardian = FloodGuard(limits)
        for _ in 0..<10_000 {
            guardian.sentDataFrame(limits)
            let isAdmitted = guardian.admits(.control, at: now, limits)
            #expect(isAdmitted)
        }
    }

    @Test("A flood of SETTINGS ends the connection")
    func settings() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        for _ in 0..<3_000 { try talk.send(.settings()) }
        #expect(try Self.isEnded(talk))
    }

    @Test("A flood of empty DATA frames ends the connection")
    func emptyData() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        for _ in 0..<200 { try talk.send(.data(1, [])) }
        #expect(try Self.isEnded(talk))
    }

    @Test("A flood of PRIORITY frames ends the connection")
    func priority() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        for _ in 0..<3_000 { try talk.send(Frame(type: 2, stream: 1, payload: [0, 0, 0, 0, 16])) }
        #expect(try Self.isEnded(talk))
    }

    @Test("A flood of WINDOW_UPDATE frames ends the connection")
    func windowUpdates() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        for _ in 0..<30_000 { try talk.send(.windowUpdate(0, 1)) }
        #expect(try Self.isEnded(talk))
    }

    @Test("Rapid reset ends the connection")
    func rapidReset() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        var stream: UInt32 = 1
        for _ in 0..<3_000 where talk.channel.isActive {
            try talk.send(.headers(stream), .reset(stream))
            stream += 2
        }
        #expect(!talk.channel.isActive)
        #expect(talk.connection.openExchanges == 0)
    }

    @Test("Provoked resets end the connection")
    func madeYouReset() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        var stream: UInt32 = 1
        for _ in 0..<1_000 where talk.channel.isActive {
            // A WINDOW_UPDATE of 0 is a stream error that the server must answer with RST_STREAM (RFC 9113 §6.9).
            try talk.send(.headers(stream), .windowUpdate(stream, 0))
            stream += 2
        }
        #expect(!talk.channel.isActive)
    }

    @Test("Endless CONTINUATION frames end the connection")
    func continuations() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1, last: false))
        for index in 0..<50 where talk.channel.isActive {
            try talk.send(.continuation(1, [("x-\(index)", "y")], last: false))
        }
        #expect(!talk.channel.isActive)
    }

    @Test("A peer that never finishes its handshake is ended after the limit")
    func idleHandshake() throws {
        let talk = try Conversation()
        try talk.send(Array(Frame.preface.prefix(10)))
        talk.loop.advanceTime(by: .seconds(9))
        #expect(talk.channel.isActive)
        talk.loop.advanceTime(by: .seconds(2))
        #expect(!talk.channel.isActive)
    }

    @Test("Half a frame and then silence is ended by keepalive, and its memory is bounded meanwhile")
    func halfAFrame() throws {
        let talk = try Conversation()
        try talk.shakeHands()
        try talk.send(.headers(1))
        try talk.send(Array(Frame.data(1, Array(repeating: 1, count: 1_000)).bytes.prefix(500)))
        talk.loop.advanceTime(by: .seconds(61))
        #expect(try talk.frames().contains { $0.kind == .ping && !$0.isAck })
        talk.loop.advanceTime(by: .seconds(21))
        #expect(!talk.channel.isActive)
        #expect(talk.recorders[0].seen.last == .closed(.noError))
    }
}
