import CrierMessages
import Synchronization

/// Where the agents and backends of a run write down what they see.
final class History: Sendable {
    private struct State {
        var course = Course()
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// Since the run began.
    var now: Duration { ContinuousClock.now - start }

    /// All that happened up to now.
    var course: Course { state.withLock { $0.course } }

    // MARK: Pushes

    /// The push's number. It is also its text.
    func sends(to client: String, lane: String, asked: String?) -> Int {
        state.withLock { state in
            state.course.pushes.append(Course.Push(client: client, lane: lane, asked: asked, sent: now))
            return state.course.pushes.count - 1
        }
    }

    func answered(_ number: Int, _ answer: Course.Answer) {
        state.withLock { state in
            state.course.pushes[number].answered = now
            state.course.pushes[number].answer = answer
        }
    }

    func push(_ number: Int) -> Course.Push { state.withLock { $0.course.pushes[number] } }

    // MARK: Sessions

    /// The session's place in the course.
    func began(_ client: String, _ welcome: Welcome) -> Int {
        state.withLock { state in
            state.course.sessions.append(
                Course.Session(
                    client: client, id: welcome.sessionID, generation: welcome.generation, node: welcome.nodeID,
                    began: now
                )
            )
            return state.course.sessions.count - 1
        }
    }

    /// A message came to an agent. Its text is the number of its push.
    func received(_ text: String, in session: Int) {
        state.withLock { state in
            guard let number = Int(text), state.course.pushes.indices.contains(number) else {
                state.course.oddities.append("'\(text)' came, which nobody pushed")
                return
            }
            state.course.sessions[session].received.append(number)
        }
    }

    func ended(_ session: Int, _ end: Course.End) {
        state.withLock { state in
            state.course.sessions[session].ended = now
            state.course.sessions[session].end = end
        }
    }

    /// The sessions of a client that are open for it, newest last.
    func open(_ client: String) -> [Course.Session] {
        state.withLock { $0.course.sessions.filter { $0.client == client && $0.ended == nil } }
    }

    /// How many sessions are open on each node.
    var openByNode: [String: Int] {
        state.withLock { state in
            state.course.sessions.reduce(into: [:]) { counts, session in
                if session.ended == nil { counts[session.node, default: 0] += 1 }
            }
        }
    }

    var sessionCount: Int { state.withLock { $0.course.sessions.count } }

    var openCount: Int { state.withLock { $0.course.sessions.count { $0.ended == nil } } }

    // MARK: Disturbances

    /// Runs `body`, during which the cluster is disturbed.
    /// - Parameters:
    ///   - breaks: Nodes whose connections may break.
    ///   - hinders: Which pushes may be refused: the node asked (nil: any) and the one that holds the client.
    func disturbed<Result>(
        _ what: String, breaks: Set<String> = [],
        hinders: @escaping @Sendable (_ asked: String?, _ holder: String) -> Bool,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let place = state.withLock { state in
            let disturbance = Course.Disturbance(what: what, breaks: breaks, hinders: hinders, from: now)
            state.course.disturbances.append(disturbance)
            return state.course.disturbances.count - 1
        }
        defer { state.withLock { $0.course.disturbances[place].to = now } }
        return try await body()
    }

    /// The same for a node that is ended, killed or stopped: all that it has to do with.
    func disturbed<Result>(
        _ what: String, node: String, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await disturbed(what, breaks: [node], hinders: { $0 == nil || $0 == node || $1 == node }, body)
    }
}
