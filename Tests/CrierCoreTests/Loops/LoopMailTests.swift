import NIOCore
import Testing

@testable import CrierCore

@Suite struct LoopMailTests {
    private static func push(_ ticket: UInt32) -> CrossingPush {
        CrossingPush(
            route: SessionRoute(loop: 1, place: ticket, generation: Generation(rawValue: 1)),
            id: MessageID("m\(ticket)"), goal: .written, deadline: .distantFuture, ticket: ticket
        )
    }

    private static func mail(_ texts: [String], from first: UInt32 = 0) -> LoopMail {
        var mail = LoopMail()
        for (number, text) in texts.enumerated() {
            Array(text.utf8).withUnsafeBytes { mail.add(push(first + UInt32(number)), EncodedMessage($0)) }
        }
        return mail
    }

    private static func content(of mail: LoopMail) -> [String] {
        var content: [String] = []
        mail.forEachPush(ahead: { _ in }) {
            content.append("\($0.ticket) \(String(decoding: $1.bytes, as: UTF8.self))")
        }
        return content
    }

    @Test("Each push comes out with its own message, in order, empty ones too")
    func order() {
        #expect(Self.content(of: Self.mail(["one", "", "three"])) == ["0 one", "1 ", "2 three"])
    }

    @Test(
        "Each route is told once before its push comes, however many pushes there are", arguments: [0, 1, 3, 4, 5, 50])
    func announced(pushes: Int) {
        var announced: [UInt32] = []
        var delivered: [UInt32] = []
        Self.mail([String](repeating: "text", count: pushes))
            .forEachPush(ahead: { announced.append($0.place) }) { push, _ in
                #expect(announced.contains(push.route.place))
                delivered.append(push.route.place)
            }
        #expect(announced == delivered && delivered.count == pushes)
    }

    @Test("Mail that waits takes later mail behind it, messages and results alike")
    func append() {
        var mail = Self.mail(["one", "two"])
        var later = Self.mail(["three"], from: 2)
        mail.add(.written, ticket: 7)
        later.add(.congested, ticket: 8)
        mail.append(later)
        #expect(Self.content(of: mail) == ["0 one", "1 two", "2 three"])
        #expect(mail.outcomes.map(\.ticket) == [7, 8] && mail.outcomes.map(\.outcome) == [.written, .congested])
    }

    @Test("Emptied mail holds nothing, and what comes next is not mixed with what was")
    func clear() {
        var mail = Self.mail(["one", "two"])
        mail.add(.written, ticket: 1)
        mail.clear()
        #expect(mail.isEmpty && Self.content(of: mail).isEmpty)
        Array("new".utf8).withUnsafeBytes { mail.add(Self.push(5), EncodedMessage($0)) }
        #expect(Self.content(of: mail) == ["5 new"])
    }
}
