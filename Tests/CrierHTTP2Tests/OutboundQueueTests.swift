import NIOCore
import Testing

@testable import CrierHTTP2

@Suite struct OutboundQueueTests {
    private let staging = Staging()
    private let output = OutputBuffer(capacity: 1024)

    private func stage(_ text: String, on queue: inout OutboundQueue, at time: UInt64 = 1) {
        let text = Array(text.utf8)
        queue.append(text.count, at: .uptimeNanoseconds(time), staging) {
            $0.copyMemory(from: text, byteCount: text.count)
        }
    }

    private func take(_ count: Int, of queue: inout OutboundQueue) {
        let isTaken = queue.take(count, into: output, staging)
        #expect(isTaken)
    }

    private var sent: String { String(decoding: output.bytes, as: UTF8.self) }

    @Test("Whatever was sent as message, buffer or large message goes out in the order in which it was sent")
    func order() {
        var queue = OutboundQueue()
        let large = String(repeating: "L", count: Limit.stagedMessageBytes + 1)
        stage("one ", on: &queue)
        queue.append(.bytes(ByteBuffer(string: "two ")), at: .now(), staging)
        stage("three ", on: &queue)
        stage("four ", on: &queue)
        stage(large, on: &queue)
        stage(" five", on: &queue)
        let count = queue.byteCount
        take(6, of: &queue)
        take(count - 6, of: &queue)
        #expect(sent == "one two three four \(large) five")
        #expect(queue.isEmpty && !queue.isStaged)
    }

    @Test("What could not be sent in its turn is kept with its time, and the loop's memory is free")
    func unstaged() {
        var queue = OutboundQueue()
        stage("abc", on: &queue, at: 5)
        take(1, of: &queue)
        queue.unstage(staging)
        #expect(!queue.isStaged && queue.byteCount == 2)
        #expect(queue.oldest == .uptimeNanoseconds(5))
        stage("d", on: &queue, at: 9)
        #expect(queue.oldest == .uptimeNanoseconds(5))
        take(3, of: &queue)
        #expect(sent == "abcd")
        #expect(queue.oldest == nil)
    }

    @Test("A stream that is reset leaves nothing with the loop")
    func removed() {
        var queue = OutboundQueue()
        stage("abc", on: &queue)
        queue.removeAll(staging)
        #expect(queue.isEmpty && !queue.isStaged && queue.oldest == nil)
    }
}
