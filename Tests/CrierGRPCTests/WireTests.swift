import NIOCore
import Testing

@testable import CrierGRPC

@Suite struct WireTests {
    @Test("Base64 is what gRPC writes, and is read with and without padding")
    func base64() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
            let text = Base64.encode(bytes)
            #expect(!text.contains("="))
            #expect(Base64.decode(text.utf8) == bytes)
            #expect(Base64.decode((text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)).utf8) == bytes)
        }
        #expect(Base64.encode(Array("any carnal pleas".utf8)) == "YW55IGNhcm5hbCBwbGVhcw")
        #expect(Base64.decode("a$b".utf8) == nil)
    }

    @Test(
        "A message survives percent-encoding, whatever is in it",
        arguments: ["", "plain", "50 % ok", "zeile\nzwei", "ü€😀", "%41"])
    func percent(text: String) {
        let encoded = PercentEncoding.encode(text)
        #expect(encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test("Malformed percent-encoding is kept as it is", arguments: ["%", "%4", "%zz", "a%"])
    func malformedPercent(text: String) { #expect(PercentEncoding.decode(text) == text) }

    private func parse(_ text: String) -> TimeAmount? {
        Array(text.utf8).withUnsafeBufferPointer(Timeout.parse)
    }

    @Test("Every unit of grpc-timeout is understood")
    func timeouts() {
        #expect(parse("5S") == .seconds(5))
        #expect(parse("100m") == .milliseconds(100))
        #expect(parse("7u") == .microseconds(7))
        #expect(parse("9n") == .nanoseconds(9))
        #expect(parse("2M") == .minutes(2))
        #expect(parse("1H") == .hours(1))
        #expect(parse("99999999H") != nil)
    }

    @Test("What is no grpc-timeout is refused", arguments: ["", "S", "5", "-1S", "123456789S", "5s", "1.5S"])
    func badTimeouts(text: String) { #expect(parse(text) == nil) }

    @Test("A formatted time-out is at most eight digits, and never shorter than asked")
    func formatTimeout() throws {
        for nanoseconds in [0, 1, 99_999_999, 100_000_000, 5_000_000_001, 86_400_000_000_000, Int64.max / 8] {
            let text = Timeout.format(.nanoseconds(nanoseconds))
            #expect(text.utf8.count <= 9)
            #expect(try #require(parse(text)).nanoseconds >= nanoseconds)
        }
    }

    @Test("A channel's backoff grows by 1.6 to 120 s, within its jitter")
    func backoff() {
        let backoff = ConnectionBackoff()
        #expect(backoff.delay(afterFailures: 1, random: 0.5) == .seconds(1))
        #expect(backoff.delay(afterFailures: 2, random: 0.5) == .milliseconds(1_600))
        #expect(backoff.delay(afterFailures: 50, random: 0.5) == .seconds(120))
        #expect(backoff.delay(afterFailures: 50, random: 1) == .seconds(144))
        #expect(backoff.delay(afterFailures: 50, random: 0) == .seconds(96))
    }

    @Test(
        "Targets are read with names, addresses and IPv6",
        arguments: [
            ("a.example:6565", HostPort(host: "a.example", port: 6565)), ("[::1]:80", HostPort(host: "::1", port: 80)),
            ("127.0.0.1:0", HostPort(host: "127.0.0.1", port: 0)),
        ])
    func targets(text: String, target: HostPort) {
        #expect(HostPort(text) == target)
        #expect(target.description == text)
    }

    @Test("What is no target is refused", arguments: ["", "host", ":1", "host:", "host:70000", "::1:80", "host:x"])
    func badTargets(text: String) { #expect(HostPort(text) == nil) }
}
