import CrierCore
import Testing

@Suite struct RegistrationTests {
    private func refusal(labels: [Label] = [], version: String = "") throws -> GatewayError? {
        let client = try ClientID(validating: "a")
        return #expect(throws: GatewayError.self) {
            try Registration(client: client, labels: labels, agentVersion: version)
        }
    }

    @Test("More than 64 labels are refused")
    func tooManyLabels() throws {
        let labels = (0..<65).map { Label(key: "k\($0)", value: "v") }
        #expect(try refusal(labels: labels)?.field == "labels")
        _ = try Registration(client: try ClientID(validating: "a"), labels: Array(labels.dropLast()))
    }

    @Test("A label's refusal names the label")
    func badLabels() throws {
        #expect(try refusal(labels: [Label(key: "", value: "v")])?.message.contains("labels[0].key") == true)
        let long = String(repeating: "x", count: 300)
        #expect(
            try refusal(labels: [Label(key: "a", value: "b"), Label(key: long, value: "")])?.field == "labels[1].key")
        #expect(try refusal(labels: [Label(key: "a", value: long)])?.field == "labels[0].value")
    }

    @Test("A version longer than its limit is refused")
    func longVersion() throws {
        #expect(try refusal(version: String(repeating: "1", count: 129))?.field == "agent_version")
    }
}
