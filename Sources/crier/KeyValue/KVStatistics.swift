import ArgumentParser
import CrierClient

/// `crier kv stats`: what is there, and what is busy.
struct KVStatistics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what a namespace holds and which keys are busy; without one, all namespaces.",
        discussion: """
            Watchers and hot keys are those of the node that answers.

              crier kv stats
              crier kv stats --namespace shop
            """
    )

    @Flag(help: "All namespaces, although the environment names one.")
    var all = false

    @OptionGroup var namespaces: NamespaceOptions
    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let store = KeyValueClient(link)
            if !all, let namespace = namespaces.given {
                try show(try await store.statistics(of: namespace), namespace)
            } else {
                try show(try await store.namespaces().map(NamespaceRow.init))
            }
            await link.close()
        }
    }

    private func show(_ rows: [NamespaceRow]) throws {
        switch format.output {
        case .json: try Output.json(rows)
        case .text:
            Output.table([["NAMESPACE", "KEYS", "BYTES"]] + rows.map { [$0.namespace, "\($0.keys)", "\($0.bytes)"] })
        }
    }

    private func show(_ statistics: KeyValueStatistics, _ namespace: String) throws {
        let row = StatisticsRow(statistics, namespace)
        switch format.output {
        case .json: try Output.json(row)
        case .text:
            Output.table([
                ["namespace", row.namespace], ["keys", "\(row.keys)"], ["bytes", "\(row.bytes)"],
                ["watchers", "\(row.watchers)"],
            ])
            guard !row.hotKeys.isEmpty else { return }
            Output.line("")
            Output.table(
                [["HOT KEY", "READS", "WRITES"]]
                    + row.hotKeys.map { [Output.printable($0.key), "\($0.reads)", "\($0.writes)"] }
            )
        }
    }
}

/// A namespace as `--output json` and the table show it.
struct NamespaceRow: Encodable {
    var namespace: String
    var keys: Int
    var bytes: Int

    init(_ listed: KeyValueNamespace) {
        (namespace, keys, bytes) = (listed.name, listed.keys, listed.bytes)
    }
}

/// A namespace's statistics as `--output json` shows them: REST's names.
struct StatisticsRow: Encodable {
    struct HotKey: Encodable {
        var key: String
        var reads: Int
        var writes: Int
    }

    var namespace: String
    var keys: Int
    var bytes: Int
    var watchers: Int
    var hotKeys: [HotKey]

    init(_ statistics: KeyValueStatistics, _ namespace: String) {
        self.namespace = namespace
        (keys, bytes, watchers) = (statistics.keys, statistics.bytes, statistics.watchers)
        hotKeys = statistics.hotKeys.map { HotKey(key: $0.key, reads: $0.reads, writes: $0.writes) }
    }
}
