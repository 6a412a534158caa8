import ArgumentParser

/// The flags of `crier serve` that are about other nodes.
struct PeerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address for other nodes of the cluster. (default: 127.0.0.1:6566)", valueName: "host:port"))
    var peerListen: String?

    @Option(
        help: ArgumentHelp("Where other nodes reach this one. (default: the peer address)", valueName: "host:port"))
    var advertise: String?

    @Option(
        name: .customLong("advertise-grpc"),
        help: ArgumentHelp(
            "Where agents reach this node: other nodes send them here. (default: the address of --grpc)",
            valueName: "host:port"))
    var advertiseGRPC: String?

    @Option(
        help: ArgumentHelp(
            "Whether clients are sent to nodes that have fewer: on or off. (default: on)", valueName: "on|off"))
    var balance: String?

    @Option(help: ArgumentHelp("What all nodes of the cluster know and nobody else.", valueName: "file"))
    var peerSecret: String?

    @Option(
        name: .customLong("peer-ca"),
        help: ArgumentHelp("Let in nodes with a certificate of this authority only, PEM.", valueName: "file"))
    var peerCA: String?

    @Option(
        help: ArgumentHelp(
            "How many nodes should have a file when its upload is answered. (default: 2)", valueName: "nodes"))
    var fileReplicas: String?

    var given: [ServeSettings.Name: String?] {
        [
            .peerListen: peerListen, .advertise: advertise, .advertiseGRPC: advertiseGRPC, .peerSecret: peerSecret,
            .peerCA: peerCA, .fileReplicas: fileReplicas, .balance: balance,
        ]
    }
}
