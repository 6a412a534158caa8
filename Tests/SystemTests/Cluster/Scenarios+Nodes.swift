import Testing

/// Scenarios about nodes. Each leaves the cluster whole, so that the long run can play them in any order; `tag` keeps
/// the names of their agents apart.
extension ClusterWorld {
    private func backends(_ tag: String) throws -> [Backend] {
        try ClusterPlaces.nodeNames.map { try backend("\(tag)-\($0)", on: [$0]) }
    }

    /// An agent on each node, a push from each node to each agent.
    func eachReachesEach(_ tag: String) async throws {
        let backends = try backends(tag)
        for name in ClusterPlaces.nodeNames { try await connect(1, "\(tag)-on-\(name)", on: [name]) }
        for backend in backends {
            try await reach(ClusterPlaces.nodeNames.map { "\(tag)-on-\($0)-0" }, through: backend)
        }
        for backend in backends {
            for name in ClusterPlaces.nodeNames {
                let push = await backend.push(to: "\(tag)-on-\(name)-0")
                #expect(push.answer == .written(node: name), "through \(backend.name)")
            }
            let nobody = await backend.push(to: "\(tag)-nobody")
            #expect(nobody.answer == .refused("notConnected"))
        }
    }

    /// An agent that goes from node to node while every node pushes to it. The checker has the promise: each push
    /// reaches the session that its answer speaks of, or none.
    func agentMoves(_ tag: String, times: Int) async throws {
        let id = "\(tag)-mover"
        let mover = try agent(id, on: ClusterPlaces.nodeNames)
        mover.start()
        let backends = try backends(tag)
        for backend in backends { try await reach([id], through: backend) }
        try await underLoad(to: [id], rate: 200) {
            for round in 0..<times {
                let names = Array(ClusterPlaces.nodeNames[(round % 3)...] + ClusterPlaces.nodeNames[..<(round % 3)])
                mover.move(to: try targets(names))
                try await eventually("\(id) is on \(names[0])") { [history] in
                    history.open(id).last?.node == names[0]
                }
                try await reach([id], through: backends[(round + 1) % 3])
            }
        }
    }

    /// - Returns: from the kill to NOT_CONNECTED, and from their welcome elsewhere until all agents were reachable.
    @discardableResult
    func killHolder(_ tag: String, _ name: String) async throws -> (notConnected: Duration, reachable: Duration) {
        let others = ClusterPlaces.nodeNames.filter { $0 != name }
        let backends = try others.map { try backend("\(tag)-\($0)", on: [$0]) }
        try await connect(30, tag, on: [name] + others)
        try await connect(1, "\(tag)-gone", on: [name], AgentHabits(comesBack: false))
        for backend in backends { try await reach(["\(tag)-gone-0"], through: backend) }
        let before = history.sessionCount
        return try await history.disturbed("kill -9 of \(name)", node: name) {
            try await Stopwatch.run { watch in
                try await node(name).process.kill9()
                // The others come back by themselves.
                try await eventually("the agents are elsewhere") { [history] in
                    history.sessionCount >= before + 30
                }
                let reachable = try await reach((0..<30).map { "\(tag)-\($0)" }, through: backends[0])
                let notConnected = try await unreachable("\(tag)-gone-0", through: backends, watch)
                #expect(notConnected <= .seconds(12), "NOT_CONNECTED after \(notConnected)")
                #expect(reachable <= CourseCheck.Bounds().route)
                try await node(name).start()
                return (notConnected, reachable)
            }
        }
    }

    /// Pushes until every backend answers NOT_CONNECTED, each time by an answer and not by a time-out.
    /// - Returns: when the last of them did, on the watch.
    func unreachable(_ client: String, through backends: [Backend], _ watch: Stopwatch) async throws -> Duration {
        for backend in backends {
            while true {
                try Task.checkCancellation()
                let before = watch.elapsed
                let push = await backend.push(to: client)
                // A node that fell silent is known after 5 s; a second for what the watch does not see.
                #expect(watch.elapsed - before <= .seconds(6), "answered after \(watch.elapsed - before): \(push)")
                if push.answer == .refused("notConnected") { break }
                await pass(.milliseconds(50))
            }
        }
        return watch.elapsed
    }

    /// Needs nodes whose heartbeats are 3 s apart: so agents give a stopped node up after 9 s.
    /// - Returns: from the stop to NOT_CONNECTED, and from going on until the agent that stayed was reachable again.
    @discardableResult
    func stopHolder(_ tag: String, _ name: String) async throws -> (notConnected: Duration, reachable: Duration) {
        let others = ClusterPlaces.nodeNames.filter { $0 != name }
        let backends = try others.map { try backend("\(tag)-\($0)", on: [$0]) }
        try await connect(30, tag, on: [name] + others)
        // Does not beat, so it never notices: its session is there when the node goes on.
        try await connect(1, "\(tag)-stays", on: [name], AgentHabits(beats: false))
        for backend in backends { try await reach(["\(tag)-stays-0"], through: backend) }
        // Some of these are in the node's queue when it stops: late writes of a node that everybody takes for dead.
        for number in 0..<50 { try agent("\(tag)-late-\(number)", on: [name] + others).start() }
        let clients = (0..<30).map { "\(tag)-\($0)" } + (0..<50).map { "\(tag)-late-\($0)" }
        let result = try await history.disturbed("SIGSTOP of \(name)", node: name) {
            let notConnected = try await Stopwatch.run { watch in
                try node(name).process.freeze()
                let notConnected = try await unreachable("\(tag)-stays-0", through: backends, watch)
                #expect(notConnected <= .seconds(12), "NOT_CONNECTED after \(notConnected)")
                try await eventually("the agents are elsewhere") { [history] in
                    clients.allSatisfy { id in history.open(id).last.map { $0.node != name } ?? false }
                }
                for backend in backends { try await reach(clients, through: backend) }
                if watch.elapsed < .seconds(30) { await pass(.seconds(30) - watch.elapsed) }
                return notConnected
            }
            let reachable = try await Stopwatch.run { watch in
                try node(name).process.thaw()
                for backend in backends { try await reach(["\(tag)-stays-0"], through: backend) }
                return watch.elapsed
            }
            #expect(reachable <= .seconds(3), "reachable \(reachable) after it went on")
            return (notConnected, reachable)
        }
        // The checker is strict again a bound later: what the zombie has written must not have moved anybody.
        try await underLoad(to: clients + ["\(tag)-stays-0"], rate: 50) {
            await pass(CourseCheck.Bounds().route + .seconds(4))
        }
        return result
    }

    /// - Returns: the longest time that an agent was without a session.
    @discardableResult
    func restartAll(_ tag: String) async throws -> Duration {
        let names = ClusterPlaces.nodeNames
        for (place, name) in names.enumerated() {
            try await connect(30, "\(tag)-\(name)", on: Array(names[place...] + names[..<place]))
        }
        let clients = names.flatMap { name in (0..<30).map { "\(tag)-\(name)-\($0)" } }
        let anywhere = try backend("\(tag)-anywhere", on: names)
        try await underLoad(to: clients) {
            for name in names {
                // Its agents' connections do not break; what it has answered WRITTEN arrives.
                try await history.disturbed("SIGTERM of \(name)", hinders: { asked, _ in asked ?? name == name }) {
                    #expect(try await node(name).process.end() == .exited(0))
                    try await node(name).start()
                }
                try await reach(clients, through: anywhere)
            }
        }
        return history.course.longestGap(of: Set(clients))
    }

    /// Two processes that both insist on one id, on two nodes.
    func clones(_ tag: String) async throws {
        let id = "\(tag)-clone"
        let habits = AgentHabits(isStubborn: true)
        let agents = [try agent(id, on: ["n1"], habits), try agent(id, on: ["n2"], habits)]
        for agent in agents { agent.start() }
        try await eventually("one of them is refused, with a delay") {
            for agent in agents where try await agent.refused().contains(where: { $0.hasPrefix("RESOURCE_EXHAUSTED") })
            {
                return true
            }
            return false
        }
        try await eventually("one of them holds the id") { [history] in history.open(id).count == 1 }
        try await reach([id], through: backend("\(tag)-backend", on: ["n3"]))
        let fights = history.course.sessions.count { $0.client == id }
        #expect(fights <= 6, "\(fights) sessions of two processes")
        for agent in agents { await agent.stop() }
    }
}

extension Course {
    /// The longest time between the end of a client's session and the beginning of its next.
    func longestGap(of clients: Set<String>) -> Duration {
        var ended: [String: Duration] = [:]
        var longest = Duration.zero
        for session in sessions where clients.contains(session.client) {
            if let before = ended[session.client] { longest = max(longest, session.began - before) }
            ended[session.client] = session.ended
        }
        return longest
    }
}
