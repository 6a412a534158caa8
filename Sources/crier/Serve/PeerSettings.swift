import CrierGRPC

/// What `crier serve` can be told about other nodes, checked.
struct PeerSettings {
    var listen = HostPort(host: "127.0.0.1", port: 6566)
    /// Somebody said where to listen: then this gateway is open for others also when its state is its own.
    var isListenGiven = false
    /// How many nodes should have a file when its upload is answered.
    var fileReplicas = 2
    /// Where others reach it; nil: the listening address, with the port that it got.
    var advertise: HostPort?
    /// Where agents and backends reach it; nil: the listening address, unless that is all addresses.
    var advertiseGRPC: HostPort?
    /// Clients are shed to nodes that have fewer.
    var balances = true
    /// A file with what all nodes know.
    var secretFile: String?
    /// The authority that other nodes' certificates must come from: mutual TLS, with this node's own certificate.
    var authorityFile: String?

    /// Throws `SettingError` for the first setting that is wrong.
    ///
    /// - Parameter hasTLS: This node has a certificate.
    init(_ value: (ServeSettings.Name) -> SettingValue?, hasTLS: Bool) throws(SettingError) {
        listen = try value(.peerListen)?.hostPort() ?? listen
        isListenGiven = value(.peerListen) != nil
        fileReplicas = try value(.fileReplicas)?.number(ServeLimits.fileReplicas) ?? fileReplicas
        balances = try value(.balance)?.onOrOff() ?? balances
        secretFile = try value(.peerSecret)?.path()
        if let authority = value(.peerCA) {
            guard hasTLS else {
                throw SettingError(
                    "\(authority.origin): tls-cert and tls-key are missing; nodes know each other by them")
            }
            authorityFile = try authority.path()
        }
        advertise = try value(.advertise)?.dialled(by: "other nodes")
        advertiseGRPC = try value(.advertiseGRPC)?.dialled(by: "agents")
    }

    /// Other nodes must prove that they belong here, unless only this machine can come.
    var isOpen: Bool { secretFile == nil && authorityFile == nil }

    /// What other nodes are told to dial.
    /// - Parameter port: The port that the listening socket got.
    func advertised(port: Int) -> HostPort { advertise ?? HostPort(host: listen.host, port: port) }

    /// Where agents are sent that other nodes send here; nil: nobody knows.
    /// - Parameter address: Where this node listens for them.
    func advertisedGRPC(_ address: HostPort) -> HostPort? {
        advertiseGRPC ?? (["0.0.0.0", "::"].contains(address.host) ? nil : address)
    }
}

extension SettingValue {
    fileprivate func onOrOff() throws(SettingError) -> Bool {
        switch text {
        case "on": true
        case "off": false
        default: throw refused("on or off")
        }
    }

    /// An address that somebody else connects to.
    fileprivate func dialled(by whom: String) throws(SettingError) -> HostPort {
        let address = try hostPort()
        guard address.port > 0 else { throw refused("HOST:PORT with the port that \(whom) dial, not 0") }
        return address
    }
}
