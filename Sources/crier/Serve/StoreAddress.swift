import CrierGRPC
import CrierStorage

/// Where a gateway's key-value state is: what `--kv` says.
enum StoreAddress: Equatable {
    /// In the data directory, for this gateway alone.
    case own
    /// `crier://host:port`: in another gateway, behind its door for the cluster's nodes.
    case gateway(HostPort)
    /// In etcd; see `EtcdAddress`.
    case etcd(EtcdStoreSettings)

    static let allowed = "sqlite, crier://host:port of another gateway's peer port, or \(EtcdAddress.form)"

    /// nil for what is none of them.
    init?(_ text: String) {
        let gateway = "crier://"
        if text == "sqlite" {
            self = .own
        } else if text.hasPrefix(gateway) {
            guard let target = HostPort(String(text.dropFirst(gateway.count))), target.port > 0 else { return nil }
            self = .gateway(target)
        } else {
            guard let settings = EtcdAddress.settings(text) else { return nil }
            self = .etcd(settings)
        }
    }
}
