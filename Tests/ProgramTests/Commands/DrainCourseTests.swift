import CrierMessages
import Testing

@testable import crier

@Suite("What crier drain says")
struct DrainCourseTests {
    private func status(_ state: DrainStatus.State, _ clients: Int64) -> DrainStatus {
        DrainStatus(nodeID: "n2", state: state, clients: clients)
    }

    @Test("How many of the most are left, then that none is")
    func drained() {
        var course = DrainCourse(isCancel: false)
        #expect(course.hear(status(.draining, 3)) == "n2: 3 of 3 agents left")
        // One came in before the node was closed.
        #expect(course.hear(status(.draining, 4)) == "n2: 4 of 4 agents left")
        #expect(course.hear(status(.draining, 1)) == "n2: 1 of 4 agents left")
        #expect(course.hear(status(.draining, 0)) == nil)
        #expect(course.end == .asAsked("n2 is drained: no agent is left"))
    }

    @Test("A node that is leaving is drained when its last agent has gone")
    func leaving() {
        var course = DrainCourse(isCancel: false)
        _ = course.hear(status(.leaving, 0))
        #expect(course.end == .asAsked("n2 is drained: no agent is left"))
    }

    @Test("A drain that somebody called off is not what was asked, whoever is left")
    func calledOff() {
        for clients in [Int64(0), 5] {
            var course = DrainCourse(isCancel: false)
            _ = course.hear(status(.draining, 7))
            _ = course.hear(status(.up, clients))
            #expect(course.end == .notAsAsked("n2 takes agents again: the drain was called off"))
        }
    }

    @Test("A node that says no more before its last agent has gone is not drained")
    func cutShort() {
        var course = DrainCourse(isCancel: false)
        _ = course.hear(status(.draining, 7))
        _ = course.hear(status(.draining, 2))
        #expect(course.end == .notAsAsked("n2 said no more: 2 of 7 agents were left"))
    }

    @Test("Back into work: one line, and no counting of agents")
    func cancelled() {
        var course = DrainCourse(isCancel: true)
        #expect(course.hear(status(.up, 5)) == nil)
        #expect(course.end == .asAsked("n2 takes agents again"))
    }

    @Test("A node that ends cannot be called back")
    func notCancelled() {
        var course = DrainCourse(isCancel: true)
        #expect(course.hear(status(.leaving, 5)) == nil)
        #expect(course.end == .notAsAsked("n2 takes no agents: it is leaving"))
    }

    @Test("A gateway that said nothing has no last word")
    func silent() { #expect(DrainCourse(isCancel: false).end == nil) }
}
