import ArgumentParser

/// `crier bench cluster`: what several nodes cost that one does not.
struct ClusterBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Measure a cluster: the hop between nodes, a storm of registrations, the death of a node.",
        discussion: """
            scripts/cluster up starts one to measure; its pids are in .cluster/NAME/pid.

              crier bench cluster hop --gateway 127.0.0.1:6565 --holder 127.0.0.1:6575
              crier bench cluster storm --gateway 127.0.0.1:6565,127.0.0.1:6575
              crier bench cluster kill --holder 127.0.0.1:6585 --holder-pid "$P3"
            """,
        subcommands: [HopBench.self, RegistrationStormBench.self, NodeKillBench.self],
        defaultSubcommand: HopBench.self
    )
}
