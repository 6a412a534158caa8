import Testing

@testable import CrierServices

@Suite("What counts as silence")
struct SilenceWatchTests {
    private typealias Mark = SilenceWatch.Mark

    @Test("Nothing for a message that is awaited is silence")
    func silence() {
        #expect(Mark(steps: 3, bytes: 0).isSilence(since: Mark(steps: 3, bytes: 0)))
        #expect(Mark(steps: 3, bytes: 7).isSilence(since: Mark(steps: 3, bytes: 7)))
    }

    @Test("A message, part of one, and time that the disk takes are none")
    func work() {
        #expect(!Mark(steps: 5, bytes: 0).isSilence(since: Mark(steps: 3, bytes: 0)))
        #expect(!Mark(steps: 3, bytes: 8).isSilence(since: Mark(steps: 3, bytes: 7)))
        #expect(!Mark(steps: 4, bytes: 0).isSilence(since: Mark(steps: 4, bytes: 0)))
    }
}
