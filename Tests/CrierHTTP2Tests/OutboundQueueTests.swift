import Glibc
import NIOCore
import Testing

@testable import CrierHTTP2

@Suite final class OutboundQueueTests {
    private var staging = Staging()
    private var output = OutputBuffer(capacity: 1024)

    private func stage(_ text: String, on queue: inout OutboundQueue, at time: UInt64 = 1) {
        let text = Array(text.utf8)
        queue.append(text.count, at: .uptimeNanoseconds(time), &staging) {
            $0.copyMemory(from: text, byteCount: text.count)
        }
    }

    private func take(_ count: Int, of queue: inout OutboundQueue) {
        let isTaken = queue.take(count, into: &output, &staging)
        #expect(isTaken)
    }

    private var sent: String { String(decoding: output.bytes, as: UTF8.self) }

    @Test("Whatever was sent as message, buffer or large message goes out in the order in which it was sent")
    func order() {
        var queue = OutboundQueue()
        let large = String(repeating: "L", count: Limit.stagedMessageBytes + 1)
        stage("one ", on: &queue)
        queue.append(.bytes(ByteBuffer(string: "two ")), at: .now(), &staging)
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
        queue.unstage(&staging)
        #expect(!queue.isStaged && queue.byteCount == 2)
        #expect(queue.oldest == .uptimeNanoseconds(5))
        stage("d", on: &queue, at: 9)
        #expect(queue.oldest == .uptimeNanoseconds(5))
        take(3, of: &queue)
        #expect(sent == "abcd")
        #expect(queue.oldest == nil)
    }

    @Test("A frame that ends within a file ends with a page of it; every other is as large as it may be")
    func frameSizes() {
        let file = ReadableFile(owning: open("/dev/null", O_RDONLY))
        var queue = OutboundQueue()
        stage("message", on: &queue)
        #expect(queue.frameSize(limit: 16_384, takesSlices: true) == 7)
        #expect(queue.frameSize(limit: 3, takesSlices: true) == 3)
        queue.append(.slice(FileSlice(file: file, offset: 4_096, count: 40_000)), at: .now(), &staging)
        stage("end", on: &queue)
        output.takesSlices = true
        var frames: [Int] = []
        while !queue.isEmpty {
            frames.append(queue.frameSize(limit: 16_384, takesSlices: true))
            take(frames.last!, of: &queue)
        }
        // 3 pages behind the message, 4 pages, what is left with the message behind it.
        #expect(frames == [7 + 12_288, 16_384, 40_000 - 12_288 - 16_384 + 3])
        let (slices, total) = (output.slices, output.total)
        #expect(slices.map(\.offset) == [4_096, 16_384, 32_768])
        #expect(slices.map(\.count).reduce(0, +) == 40_000 && total == 40_010)

        queue.append(.slice(FileSlice(file: file, offset: 100, count: 5_000)), at: .now(), &staging)
        #expect(queue.frameSize(limit: 1_000, takesSlices: true) == 1_000, "no page ends within it")
    }

    /// The frames that three chunks with heads of 22 bytes go in.
    private func frames(chunks count: Int, limit: Int, takesSlices: Bool = true) -> [Int] {
        let file = ReadableFile(owning: open("/dev/zero", O_RDONLY))
        var queue = OutboundQueue()
        for chunk in 0..<3 {
            queue.append(.bytes(ByteBuffer(repeating: 0, count: 22)), at: .now(), &staging)
            let slice = FileSlice(file: file, offset: Int64(chunk) * Int64(count), count: count)
            queue.append(.slice(slice), at: .now(), &staging)
        }
        output.takesSlices = takesSlices
        var frames: [Int] = []
        while !queue.isEmpty, frames.count < 100 {
            frames.append(queue.frameSize(limit: limit, takesSlices: takesSlices))
            take(frames.last!, of: &queue)
        }
        return frames
    }

    @Test("A chunk of the default size and its head are one frame, and no sliver of the next comes along")
    func chunkFrames() {
        #expect(frames(chunks: 262_144, limit: 263_168) == [262_166, 262_166, 262_166])
        #expect(output.slices.map(\.count) == [262_144, 262_144, 262_144])
    }

    @Test("A frame that would be far from full takes of the next chunk what fits, whatever it costs")
    func smallChunks() {
        let full = Array(repeating: 16_384, count: 15)
        #expect(
            frames(chunks: 262_144, limit: 16_384)
                == [22 + 12_288] + full + [4_096 + 22 + 8_192] + full + [8_192 + 22 + 4_096] + full + [12_288]
        )
        #expect(frames(chunks: 4_096, limit: 16_384) == [12_354])
        #expect(frames(chunks: 8_192, limit: 16_384) == [8_214 + 22 + 4_096, 4_096 + 22 + 8_192])
    }

    @Test("Where files are copied in any case, frames are as full as pages allow")
    func copiedChunks() {
        #expect(frames(chunks: 262_144, limit: 263_168, takesSlices: false).first == 263_168)
    }

    @Test("A stream that is reset leaves nothing with the loop")
    func removed() {
        var queue = OutboundQueue()
        stage("abc", on: &queue)
        queue.removeAll(&staging)
        #expect(queue.isEmpty && !queue.isStaged && queue.oldest == nil)
    }
}
