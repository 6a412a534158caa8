import ArgumentParser

/// The flags of `crier serve` that are about the key-value state.
struct KeyValueOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the state is: sqlite, crier://host:port (another gateway's), or etcd://host:port,…/prefix. (default: sqlite)",
            valueName: "address"))
    var kv: String?

    @Option(
        help: ArgumentHelp(
            "full: an answered write survives a power cut. normal: only the end of the process. (default: full)",
            valueName: "level"))
    var kvDurability: String?

    @Option(
        help: ArgumentHelp(
            "loopback: only callers on this machine. any: whoever reaches the gateway. (default: loopback)",
            valueName: "who"))
    var kvAccess: String?

    @Option(
        help: ArgumentHelp(
            "Keys a namespace may hold: 1000, or *=1000,app=50 for one of its own. (default: no limit)",
            valueName: "keys"))
    var kvQuotaKeys: String?

    @Option(
        help: ArgumentHelp(
            "Bytes of keys and values a namespace may hold: 1G, or *=1G,app=10M. (default: no limit)",
            valueName: "bytes"))
    var kvQuotaBytes: String?

    @Option(
        help: ArgumentHelp(
            "How old changes may be that watches and history go back to, such as 12h. (default: any age)",
            valueName: "duration"))
    var kvRetentionAge: String?

    @Option(
        help: ArgumentHelp(
            "Revisions that watches and history go back to. (default: 100000)", valueName: "revisions"))
    var kvRetentionRevisions: String?

    @Option(
        help: ArgumentHelp(
            "Bytes of changes that watches and history go back to. (default: 256M)", valueName: "bytes"))
    var kvRetentionBytes: String?

    var given: [ServeSettings.Name: String?] {
        [
            .kv: kv, .kvDurability: kvDurability, .kvAccess: kvAccess, .kvQuotaKeys: kvQuotaKeys,
            .kvQuotaBytes: kvQuotaBytes,
            .kvRetentionAge: kvRetentionAge, .kvRetentionRevisions: kvRetentionRevisions,
            .kvRetentionBytes: kvRetentionBytes,
        ]
    }
}
