import CrierMessages
import Testing

/// The checker itself: histories that it must refuse, and those that it must not.
@Suite("The checker of cluster runs")
struct CourseCheckTests {
    @Test("A run in which every promise is kept has no fault")
    func good() {
        var course = Course.small
        course.push(.written(node: "n1"), receivedBy: [0])
        course.push(.refused("NOT_CONNECTED"), to: "nobody")
        #expect(CourseCheck(course).faults.isEmpty)
    }

    @Test("A push answered WRITTEN that never came is a fault")
    func lost() {
        var course = Course.small
        course.push(.written(node: "n1"))
        #expect(CourseCheck(course).faults.count == 1)
        #expect(CourseCheck(course).outstanding == 1)
    }

    @Test("It is no fault when the connection died and nothing later came, and one when something later came")
    func lostWithItsSession() {
        var course = Course.small
        course.disturb("n1 is killed", breaks: ["n1"])
        course.sessions[0].ended = .seconds(21)
        course.sessions[0].end = .lost("reset")
        course.push(.written(node: "n1"))
        #expect(CourseCheck(course).faults.isEmpty)
        course.push(.written(node: "n1"), receivedBy: [0])
        #expect(CourseCheck(course).faults.count == 1)
    }

    @Test("A session that the gateway ended excuses nothing, nor does one that was over long before")
    func notExcused() {
        var course = Course.small
        course.sessions[0].ended = .seconds(21)
        course.sessions[0].end = .told
        course.push(.written(node: "n1"))
        #expect(CourseCheck(course).faults.count == 1)
        course.sessions[0].end = .left
        course.sessions[0].ended = .seconds(11)
        #expect(CourseCheck(course).faults.count == 1)
    }

    @Test("A push that was refused and came is a fault", arguments: ["NOT_CONNECTED", "UNAVAILABLE", "CONGESTED"])
    func refusedAndReceived(outcome: String) {
        var course = Course.small
        course.disturb("whatever", breaks: [])
        course.push(.refused(outcome), receivedBy: [0])
        #expect(CourseCheck(course).faults.count == 1)
    }

    @Test("What comes twice is a fault, in one session and in two, whatever was answered")
    func twice() {
        for answer in [Course.Answer.written(node: "n1"), .unknown("lost")] {
            for receivers in [[0, 0], [0, 1]] {
                var course = Course.small
                course.disturb("whatever", breaks: ["n1", "n2"])
                course.sessions.append(Course.session(of: "a", on: "n2", generation: 2))
                course.push(answer, receivedBy: receivers)
                #expect(!CourseCheck(course).faults.isEmpty)
            }
        }
    }

    @Test("A push that came to another client, or on another node than its answer says, is a fault")
    func misdirected() {
        var course = Course.small
        course.push(.written(node: "n2"), to: "b", receivedBy: [0])
        #expect(CourseCheck(course).faults.count == 1)
        course = Course.small
        course.push(.written(node: "n2"), receivedBy: [0])
        #expect(CourseCheck(course).faults.count == 1)
    }

    @Test("What a publisher said earlier comes earlier: also from one session to the next")
    func order() {
        var course = Course.small
        course.push(.written(node: "n1"), receivedBy: [0])
        course.push(.written(node: "n1"), receivedBy: [0])
        #expect(CourseCheck(course).faults.isEmpty)
        course.sessions[0].received.reverse()
        #expect(CourseCheck(course).faults.count == 1)

        course = Course.small
        course.sessions[0].ended = .seconds(20)
        course.sessions[0].end = .told
        course.sessions.append(Course.session(of: "a", on: "n2", generation: 2))
        course.push(.written(node: "n2"), receivedBy: [1])
        course.push(.written(node: "n1"), receivedBy: [0])
        #expect(CourseCheck(course).faults.count == 1)
    }

    @Test("A connected client that is not found is a fault after the bound, on its own node at once")
    func unreachable() {
        for (asked, since, isFault) in [("n2", 9, true), ("n2", 3, false), ("n1", 1, true)] {
            var course = Course.small
            course.sessions[0].began = .seconds(20 - since)
            course.push(.refused("NOT_CONNECTED"), through: asked)
            #expect(CourseCheck(course).faults.isEmpty == !isFault, "\(asked), \(since) s after the welcome")
        }
    }

    @Test("A disturbance explains only what it hinders, and the time until its bound is over")
    func explained() {
        for (hindered, until, isFault) in [("n1", 15, false), ("n1", 5, true), ("n3", 15, true)] {
            var course = Course.small
            course.disturb("n1 is stopped", breaks: [], to: until) { $1 == hindered }
            course.push(.refused("NOT_CONNECTED"), through: "n2")
            #expect(CourseCheck(course).faults.isEmpty == !isFault, "\(hindered) until \(until)")
        }
    }

    @Test("A connection that breaks without a cause is a fault, and so is an outcome that nobody knows")
    func withoutCause() {
        var course = Course.small
        course.sessions[0].ended = .seconds(30)
        course.sessions[0].end = .lost("reset")
        #expect(CourseCheck(course).faults.count == 1)
        course = Course.small
        course.push(.unknown("UNAVAILABLE"), through: "n2")
        #expect(CourseCheck(course).faults.count == 1)
    }

    @Test("Two sessions of a client that live on beside each other are a fault")
    func twoAtOnce() {
        var course = Course.small
        course.sessions.append(Course.session(of: "a", on: "n2", generation: 2))
        #expect(CourseCheck(course).faults.count == 1)
        course.sessions[0].ended = .seconds(12)
        course.sessions[0].end = .told
        #expect(CourseCheck(course).faults.isEmpty)
    }

    @Test("A message that nobody pushed is a fault")
    func invented() {
        let history = History()
        let session = history.began("a", .init(sessionID: "s", nodeID: "n1", generation: 1))
        history.received("17", in: session)
        #expect(CourseCheck(history.course).faults.count == 1)
    }
}

extension Course {
    /// One client, connected to n1 for ten seconds when the first push is sent.
    fileprivate static var small: Course {
        var course = Course()
        course.sessions.append(session(of: "a", on: "n1", generation: 1))
        return course
    }

    fileprivate static func session(of client: String, on node: String, generation: UInt64) -> Session {
        Session(client: client, id: "s\(generation)", generation: generation, node: node, began: .seconds(10))
    }

    fileprivate mutating func push(
        _ answer: Answer, to client: String = "a", through asked: String = "n1", receivedBy sessions: [Int] = []
    ) {
        let sent = Duration.seconds(20) + .milliseconds(pushes.count)
        pushes.append(
            Push(
                client: client, lane: "backend", asked: asked, sent: sent, answered: sent + .milliseconds(1),
                answer: answer
            )
        )
        for place in sessions { self.sessions[place].received.append(pushes.count - 1) }
    }

    fileprivate mutating func disturb(
        _ what: String, breaks: Set<String>, to: Int = 100,
        hinders: @escaping @Sendable (String?, String) -> Bool = { _, _ in true }
    ) {
        disturbances.append(
            Disturbance(what: what, breaks: breaks, hinders: hinders, from: .seconds(1), to: .seconds(to)))
    }
}
