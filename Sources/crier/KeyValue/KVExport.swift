import ArgumentParser
import CrierClient

/// `crier kv export`: a namespace as lines of JSON.
struct KVExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print a namespace as lines of JSON, for `import`.",
        discussion: """
            One object a line, sorted by key, so that two exports can be compared:

              {"key":"counter","type":"int","value":"101"}

            An entry that will expire has "expiresAt", in seconds since 1970. Entries
            that live with a lease belong to a running process and are left out. While
            others write, later lines may be newer than earlier ones; `backup` is a
            picture of one moment.

              crier kv export > shop.jsonl
              crier kv export --prefix task. | crier kv import -n copy
            """
    )

    @Option(help: "Only keys that begin with this.")
    var prefix = ""

    @OptionGroup var namespaces: NamespaceOptions
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        let namespace = try namespaces.name()
        try await reportingErrors {
            let link = try gateway.link()
            var leased = 0
            try await EntryPages(KeyValueClient(link), namespace: namespace, prefix: prefix)
                .forEach { page in
                    for entry in page {
                        if entry.leaseID == nil { try Output.json(ExportLine(entry)) } else { leased += 1 }
                    }
                }
            if leased > 0 { Output.note("left out: \(leased) that live with a lease") }
            await link.close()
        }
    }
}

/// One entry of an export.
struct ExportLine: Encodable {
    var key: String
    var value: String
    var type: String
    /// Seconds since 1970.
    var expiresAt: Double?

    init(_ entry: KeyValueEntry) {
        (key, value, type) = (entry.key, entry.value.text, entry.value.kind.rawValue)
        expiresAt = entry.expiresAt.map { Double($0) / 1000 }
    }
}
