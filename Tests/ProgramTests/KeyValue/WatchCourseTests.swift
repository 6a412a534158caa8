import CrierClient
import Testing

@testable import crier

@Suite("How a watch goes on")
struct WatchCourseTests {
    private let lost = KeyValueClientError(.unavailable, "gone")
    private func position(_ revision: UInt64) -> KeyValuePosition { KeyValuePosition(epoch: 7, revision: revision) }

    @Test("After a lost connection it goes on behind what it heard last")
    func resumes() {
        var course = WatchCourse(from: .now)
        course.hear(.progress(position(3)))
        course.hear(.changes([], position(5)))
        #expect(course.lost(lost) == .again(after: .milliseconds(100)))
        #expect(course.start == .after(position(5)))
        #expect(course.lost(nil) == .again(after: .milliseconds(200)))
        course.hear(.progress(position(6)))
        #expect(course.lost(lost) == .again(after: .milliseconds(100)), "the pause begins anew")
    }

    @Test("Pauses grow to five seconds")
    func pauses() {
        var course = WatchCourse(from: .now)
        course.hear(.progress(position(1)))
        let pauses = (0..<10).map { _ in course.lost(lost) }
        #expect(pauses.last == .again(after: .seconds(5)))
    }

    @Test("A gateway that was never there ends it, and so does a refusal")
    func fails() {
        var course = WatchCourse(from: .now)
        #expect(course.lost(lost) == .failed)
        course.hear(.progress(position(1)))
        #expect(course.lost(KeyValueClientError(.denied, "no")) == .failed)
    }

    @Test("A snapshot that was cut off begins anew, one that was whole does not")
    func snapshots() {
        var course = WatchCourse(from: .snapshot)
        course.hear(.progress(position(2)))
        course.hear(.snapshot([]))
        #expect(course.lost(lost) == .again(after: .milliseconds(100)) && course.start == .snapshot)
        course.hear(.snapshotEnd(position(4)))
        #expect(course.lost(lost) == .again(after: .milliseconds(100)) && course.start == .after(position(4)))
    }

    @Test("What was missed for good ends a watch, unless it can begin anew with a snapshot")
    func resets() {
        for reason in [KeyValueWatchEvent.Reset.compacted, .epoch] {
            var plain = WatchCourse(from: .after(position(1)))
            #expect(plain.reset(reason) == .missed(reason))
            var whole = WatchCourse(from: .snapshot)
            whole.hear(.snapshotEnd(position(4)))
            #expect(whole.reset(reason) == .again(after: .zero) && whole.start == .snapshot)
        }
    }

    @Test("Whoever read too slowly has missed nothing: the log has it")
    func overflow() {
        var course = WatchCourse(from: .now)
        course.hear(.changes([], position(9)))
        #expect(course.reset(.overflow) == .again(after: .zero) && course.start == .after(position(9)))
    }
}
