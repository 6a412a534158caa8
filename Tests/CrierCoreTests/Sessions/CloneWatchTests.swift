import NIOCore
import Testing

@testable import CrierCore

@Suite struct CloneWatchTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private let one: InstanceID
    private let two: InstanceID
    private let three: InstanceID

    init() throws {
        one = try InstanceID(validating: "one")
        two = try InstanceID(validating: "two")
        three = try InstanceID(validating: "three")
    }

    @Test("Take-overs that are further apart than the window are no fight")
    func slowTakeovers() {
        var watch = CloneWatch(now: start)
        for round in 0..<20 {
            let (newcomer, holder) = round % 2 == 0 ? (two, one) : (one, two)
            let now = start + .seconds(Int64(round) * 31)
            #expect(watch.takeover(by: newcomer, from: holder, at: now) == nil)
        }
    }

    @Test("Ever new instances, as of an agent that crashes and restarts, are no fight")
    func crashLoop() throws {
        var watch = CloneWatch(now: start)
        var holder = one
        for round in 0..<20 {
            let newcomer = try InstanceID(validating: "run-\(round)")
            #expect(watch.takeover(by: newcomer, from: holder, at: start + .seconds(Int64(round))) == nil)
            holder = newcomer
        }
    }

    @Test("Three clones in turn are a fight as well")
    func threeClones() {
        var watch = CloneWatch(now: start)
        #expect(watch.takeover(by: two, from: one, at: start) == nil)
        #expect(watch.takeover(by: three, from: two, at: start + .seconds(1)) == nil)
        #expect(watch.takeover(by: one, from: three, at: start + .seconds(2)) == nil)
        #expect(watch.takeover(by: two, from: one, at: start + .seconds(3)) == .seconds(5))
    }

    @Test("The delay doubles up to five minutes")
    func delayGrows() {
        var watch = CloneWatch(now: start)
        _ = watch.takeover(by: two, from: one, at: start)
        _ = watch.takeover(by: one, from: two, at: start)
        let delays = (0..<8).map { _ in watch.takeover(by: two, from: one, at: start) }
        #expect(delays == [5, 10, 20, 40, 80, 160, 300, 300].map { .seconds($0) })
    }

    @Test("A quarantined instance that comes back early waits on, though the window is over")
    func quarantineOutlastsWindow() {
        var watch = CloneWatch(now: start)
        _ = watch.takeover(by: two, from: one, at: start)
        _ = watch.takeover(by: one, from: two, at: start)
        for _ in 0..<6 { _ = watch.takeover(by: two, from: one, at: start) }
        #expect(watch.takeover(by: two, from: one, at: start + .seconds(100)) != nil)
        #expect(watch.takeover(by: two, from: one, at: start + .seconds(500)) == nil)
    }

    @Test("What is long over is forgotten")
    func forgets() {
        var watch = CloneWatch(now: start)
        _ = watch.takeover(by: two, from: one, at: start)
        #expect(!watch.isForgotten(at: start + .minutes(9)))
        #expect(watch.isForgotten(at: start + .minutes(10)))
    }
}
