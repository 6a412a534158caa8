import Testing

@testable import CrierClient

@Suite("State files")
struct PullRecordTests {
    private func sample() throws -> PullRecord {
        var order = try order(for: [1, 2, 3], name: "fw 100%.bin")
        order.notBefore = 17
        order.deadline = 4711
        order.startJitter = .milliseconds(250)
        order.maxBytesPerSecond = 1000
        order.rolloutID = "line\nbreak"
        return PullRecord(order: order, durable: 2, received: 99, isPaused: true)
    }

    @Test("A state file holds the whole notice")
    func roundTrip() throws {
        let record = try sample()
        #expect(try PullRecord(text: record.text) == record)
    }

    @Test("A state file that was cut off anywhere is not believed")
    func cutAnywhere() throws {
        let text = try sample().text
        for length in 0..<text.utf8.count - 1 {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: CrierClientError.self) { try PullRecord(text: cut) }
        }
    }

    @Test("A state that leads the file's size is not believed")
    func leading() throws {
        let text = try sample().text.replacing("durable 2", with: "durable 4")
        #expect(throws: CrierClientError.self) { try PullRecord(text: text) }
    }

    @Test("A state file of another version is not believed")
    func otherVersion() throws {
        let text = try sample().text.replacing("crier-pull 1", with: "crier-pull 2")
        #expect(throws: CrierClientError.self) { try PullRecord(text: text) }
    }
}
