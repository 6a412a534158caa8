import Testing

extension RealProcesses {
    /// Three nodes over three members of etcd. Beside what each test says itself, the checker (`CourseCheck`) holds
    /// every push and every reception of the run against the cluster's promises.
    @Suite("A cluster")
    struct ACluster {
        @Test("A push from each node reaches an agent on each node, and is answered with the node that has it")
        func eachToEach() async throws {
            try await ClusterWorld.run { try await $0.eachReachesEach("each") }
        }

        @Test("An agent that moves while it is pushed to gets each push where it is, once and in order")
        func moves() async throws {
            try await ClusterWorld.run { try await $0.agentMoves("move", times: 20) }
        }

        @Test("kill -9 of the holder: NOT_CONNECTED within 12 s by answer; agents that came back are reachable at once")
        func killed() async throws {
            try await ClusterWorld.run { world in
                let times = try await world.killHolder("kill", "n3")
                figure("kill -9: NOT_CONNECTED after \(times.notConnected); 30 agents reachable in \(times.reachable)")
            }
        }

        @Test("A node that was stopped for 30 s changes nothing by its late writes, and serves again within 3 s")
        func stopped() async throws {
            try await ClusterWorld.run(["--heartbeat-interval", "3s"]) { world in
                let times = try await world.stopHolder("stop", "n3")
                figure("SIGSTOP: NOT_CONNECTED after \(times.notConnected); back \(times.reachable) after SIGCONT")
            }
        }

        @Test("Two agents with one id: one of them holds it, the other is refused with a delay")
        func clones() async throws {
            try await ClusterWorld.run { try await $0.clones("clones") }
        }

        @Test("etcd's leader is killed: no push to a known agent is refused, new agents are reachable within the bound")
        func leaderKilled() async throws {
            try await ClusterWorld.run { try await $0.leaderKilled("leader") }
        }

        @Test("etcd's leader stands still, its connections open: the same")
        func leaderStopped() async throws {
            try await ClusterWorld.run { try await $0.leaderStopped("frozen") }
        }

        @Test(
            "All of etcd is away for 60 s: nobody is disconnected, own agents are pushed to, and all heals within 8 s")
        func storeAway() async throws {
            try await ClusterWorld.run { world in
                let time = try await world.storeAway("away", for: .seconds(60))
                figure("etcd away for 60 s: all reachable \(time) after it was back")
            }
        }

        @Test("A rolling restart under load loses no push that was answered WRITTEN, and no agent for longer than 3 s")
        func rollingRestart() async throws {
            try await ClusterWorld.run(["--drain-time", "5s"]) { world in
                let gap = try await Stopwatch.run { _ in try await world.restartAll("roll") }
                figure("rolling restart: no agent was without a session for longer than \(gap)")
                #expect(gap <= .seconds(3))
            }
        }

        @Suite("with cut ways", .enabled(if: SplitNetwork.hindrance == nil, "\(SplitNetwork.hindrance ?? "")"))
        struct CutWays {
            @Test("A member of etcd is cut off, the leader at that: no push to a known agent is refused")
            func minority() async throws {
                try await SplitNetwork.with { network in
                    try await ClusterWorld.run(in: network) { world in
                        try await world.memberCutOff("minority", for: .seconds(24))
                    }
                }
            }

            @Test("A node without etcd keeps its agents; others answer NOT_CONNECTED for them within 12 s; it heals")
            func withoutStore() async throws {
                try await SplitNetwork.with { network in
                    try await ClusterWorld.run(in: network) { world in
                        try await world.nodeWithoutStore("storeless", "n3", for: .seconds(20))
                    }
                }
            }

            @Test("A node without the others: only pushes between them suffer, by answer, and it heals within 8 s")
            func withoutPeers() async throws {
                try await SplitNetwork.with { network in
                    try await ClusterWorld.run(in: network) { world in
                        try await world.nodeWithoutPeers("peerless", "n3", for: .seconds(20))
                    }
                }
            }
        }
    }
}

/// Says what was measured: `docs/failure.md` has its times from here.
func figure(_ text: String) { print("figure: \(text)") }
