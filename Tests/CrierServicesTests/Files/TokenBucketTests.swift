import NIOCore
import Testing

@testable import CrierServices

@Suite("The rate of a download")
struct TokenBucketTests {
    /// How long it takes to send `total` bytes in chunks.
    private func duration(_ total: Int, chunk: Int, rate: Int64) -> TimeAmount {
        let start = NIODeadline.uptimeNanoseconds(0)
        var now = start
        var bucket = TokenBucket(bytesPerSecond: rate, now: now)
        for _ in 0..<(total / chunk) {
            while let pause = bucket.take(chunk, now: now) { now = now + pause }
        }
        return now - start
    }

    @Test("A rate is held over time, whatever the chunk", arguments: [4_096, 65_536, 1 << 20])
    func held(_ chunk: Int) {
        let seconds = Double(duration(100 << 20, chunk: chunk, rate: 10 << 20).nanoseconds) / 1e9
        #expect(abs(seconds - 10) < 0.25)
    }

    @Test("Without a rate nothing waits")
    func none() {
        #expect(duration(100 << 20, chunk: 1 << 20, rate: 0) == .zero)
    }

    @Test("A pause does not earn a burst of more than an eighth of a second")
    func burst() {
        var bucket = TokenBucket(bytesPerSecond: 8_000, now: .uptimeNanoseconds(0))
        let later = NIODeadline.uptimeNanoseconds(0) + .hours(1)
        let (first, second) = (bucket.take(1_001, now: later), bucket.take(1, now: later))
        #expect(first == nil && second != nil)
    }

    @Test("A rate that changes counts from then on")
    func change() {
        let now = NIODeadline.uptimeNanoseconds(0)
        var bucket = TokenBucket(bytesPerSecond: 1_000, now: now)
        let overdraft = bucket.take(10_125, now: now)
        let slow = pause(&bucket, now) ?? .zero
        bucket.bytesPerSecond = 10_000
        let quick = pause(&bucket, now) ?? .zero
        bucket.bytesPerSecond = 0
        let none = pause(&bucket, now)
        #expect(overdraft == nil && none == nil)
        #expect(abs(slow.nanoseconds - 10_000_000_000) < 1_000 && abs(quick.nanoseconds - 1_000_000_000) < 1_000)
    }

    private func pause(_ bucket: inout TokenBucket, _ now: NIODeadline) -> TimeAmount? { bucket.take(1, now: now) }
}
