import Testing

@testable import CrierCore

@Suite("Two nodes hold one client")
struct VerdictTests {
    private static func verdict(
        ours: (generation: UInt64, instance: String, attempt: UInt64),
        theirs: (generation: UInt64, instance: String, attempt: UInt64),
        replacedOurs: Bool = false
    ) throws -> Verdict {
        let session = LocalSession(
            client: try ClientID(validating: "c"),
            session: SessionID(random: { 1 }),
            generation: Generation(rawValue: ours.generation),
            instance: try InstanceID(validating: ours.instance),
            attempt: ours.attempt,
            connectedAt: 0
        )
        let record = ClientRecord(
            node: try NodeID(validating: "other"),
            incarnation: Incarnation(rawValue: 1),
            session: SessionID(random: { 2 }),
            generation: Generation(rawValue: theirs.generation),
            instance: try InstanceID(validating: theirs.instance),
            attempt: theirs.attempt,
            connectedAt: 0
        )
        let entry = RouteEntry(record, owner: RecordOwner(record.node, record.incarnation), revision: 5)
        return Verdict(session, against: entry, replacedOurs: replacedOurs)
    }

    @Test("The higher generation keeps the client")
    func higher() throws {
        #expect(try Self.verdict(ours: (9, "", 0), theirs: (8, "", 0)) == .keep)
        #expect(try Self.verdict(ours: (9, "a", 1), theirs: (8, "b", 7)) == .keep)
    }

    @Test("A record that took the place of ours, knowing it, ends ours for good")
    func replaced() throws {
        #expect(try Self.verdict(ours: (8, "a", 0), theirs: (9, "b", 0), replacedOurs: true) == .superseded)
    }

    @Test("A session whose record was never written, under too low a generation, comes again")
    func unclear() throws {
        #expect(try Self.verdict(ours: (8, "a", 0), theirs: (9, "b", 0)) == .comeAgain)
        #expect(try Self.verdict(ours: (9, "", 0), theirs: (9, "", 0)) == .comeAgain)
    }

    @Test("Of one instance's attempts the later one counts, whatever the generations say")
    func attempts() throws {
        #expect(try Self.verdict(ours: (9, "a", 1), theirs: (8, "a", 2)) == .superseded)
        #expect(try Self.verdict(ours: (8, "a", 2), theirs: (9, "a", 1)) == .comeAgain)
        #expect(try Self.verdict(ours: (8, "a", 2), theirs: (9, "a", 1), replacedOurs: true) == .comeAgain)
        #expect(try Self.verdict(ours: (9, "a", 2), theirs: (8, "a", 1)) == .keep)
    }
}
