import Testing

@testable import CrierCore

@Suite struct IdentifierTests {
    @Test("A session id survives its text form")
    func sessionIDRoundTrip() {
        for _ in 0..<100 {
            let id = SessionID { UInt64.random(in: 0...(.max)) >> UInt64.random(in: 0..<64) }
            #expect(id.description.utf8.count == 32)
            #expect(SessionID(id.description) == id)
        }
    }

    @Test("What is no session id is none", arguments: ["", "abc", "+0000000000000000000000000000000", "xyz"])
    func sessionIDRefuses(_ text: String) {
        #expect(SessionID(text) == nil)
    }

    @Test("Message ids are unique, and no flag of a command line")
    func messageIDs() {
        var generator = MessageIDGenerator { .max }
        let ids = (0..<70_000).map { _ in generator.next().rawValue }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.utf8.count == 15 && !$0.hasPrefix("-") })
    }

    @Test("Two loops' message ids differ from the first one on")
    func messageIDPrefixes() {
        var one = MessageIDGenerator { 1 }
        var other = MessageIDGenerator { 2 }
        #expect(one.next() != other.next())
    }

    @Test("Generations grow, and a later boot's are above all of an earlier one's")
    func generationsGrow() throws {
        let client = try ClientID(validating: "a")
        let first = BootGenerations(bootNumber: 1)
        let early = (0..<1_000).map { _ in first.next(for: client) }
        #expect(early == early.sorted() && Set(early).count == early.count)
        let late = BootGenerations(bootNumber: 2).next(for: client)
        #expect(early.allSatisfy { $0 < late })
    }

    @Test("An instance id longer than its limit is refused")
    func instanceIDLimit() throws {
        #expect(try InstanceID(validating: "").isKnown == false)
        let error = #expect(throws: GatewayError.self) {
            try InstanceID(validating: String(repeating: "i", count: 256))
        }
        #expect(error?.field == "instance_id")
    }
}
