import Testing

@testable import CrierHTTP2

@Suite struct StagingTests {
    private func append(_ text: String, to bytes: inout Staging.Bytes?, _ staging: inout Staging) {
        let text = Array(text.utf8)
        staging.append(text.count, to: &bytes) { $0.copyMemory(from: text, byteCount: text.count) }
    }

    private func take(_ count: Int, of bytes: inout Staging.Bytes?, _ staging: inout Staging) -> String {
        var taken: [UInt8] = []
        staging.take(count, of: &bytes) { taken += $0 }
        return String(decoding: taken, as: UTF8.self)
    }

    @Test("Streams that are filled in turns get back their own bytes, in order, in whatever pieces they ask for")
    func interleaved() {
        var staging = Staging()
        var (first, second): (Staging.Bytes?, Staging.Bytes?) = (nil, nil)
        for number in 0..<5 {
            append("a\(number)aaaa", to: &first, &staging)
            append("b\(number)", to: &second, &staging)
            append("b", to: &second, &staging)
        }
        #expect(take(7, of: &second, &staging) == "b0bb1bb")
        #expect(take(30, of: &first, &staging) == "a0aaaaa1aaaaa2aaaaa3aaaaa4aaaa")
        #expect(first == nil)
        #expect(take(8, of: &second, &staging) == "2bb3bb4b")
        #expect(second == nil)
    }

    @Test("Memory that grows under a stream's feet keeps what the stream has in it")
    func growth() {
        var staging = Staging()
        var kept: Staging.Bytes?
        var large: Staging.Bytes?
        append("kept", to: &kept, &staging)
        let block = String(repeating: "x", count: Limit.stagedMessageBytes)
        for _ in 0..<40 { append(block, to: &large, &staging) }
        append(" whole", to: &kept, &staging)
        #expect(take(10, of: &kept, &staging) == "kept whole")
        staging.release(&large)
    }

    @Test("Past its limit it takes no more, until everybody is done with it")
    func limit() {
        var staging = Staging()
        var bytes: Staging.Bytes?
        let block = String(repeating: "x", count: Limit.stagedMessageBytes)
        let takesLarger = staging.takes(Limit.stagedMessageBytes + 1)
        #expect(!takesLarger)
        while staging.takes(block.utf8.count) { append(block, to: &bytes, &staging) }
        staging.release(&bytes)
        let takesAgain = staging.takes(block.utf8.count)
        #expect(takesAgain)
    }
}
