import ArgumentParser
import CrierClient
import FoundationEssentials

/// `crier kv import`: writes the lines of an export.
struct KVImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Write lines of JSON, as `export` prints them.",
        discussion: """
            Lines are written in order, up to 100 in a transaction. The first line that
            is wrong, or that the gateway refuses, ends the import with its number;
            what was written before stays, and the count says how much that is. To do
            it again does no harm.

              crier kv import shop.jsonl
              crier kv import --if-absent < defaults.jsonl
              echo '{"key":"speed","value":3,"type":"int"}' | crier kv import

            "expiresAt" (seconds since 1970) or "ttl" (seconds) give an expiry; entries
            whose time is over are left out and counted.
            """
    )

    @Argument(help: "A file; - for standard input.")
    var file = "-"

    @Flag(help: "Leave keys that are there as they are.")
    var ifAbsent = false

    @OptionGroup var options: KVOptions

    func run() async throws {
        try await options.withStore { store, namespace in
            var importer = Importer(namespace: namespace, ifAbsent: ifAbsent) { try await store.transact($0).succeeded }
            var reader = try LineReader(file, limit: KeyValueToolLimits.importLineBytes)
            do {
                var number = 0
                while let line = try reader.next() {
                    number += 1
                    guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else { continue }
                    try await importer.add(ImportLine(line, number: number, nowMilliseconds: Self.now))
                }
                try await importer.finish()
            } catch {
                Output.note("crier: stopped; \(importer.counts.imported) entries were imported before")
                throw error
            }
            try show(importer.counts)
        }
    }

    private static var now: Int64 { Int64(Date.now.timeIntervalSince1970 * 1000) }

    private func show(_ counts: Importer.Counts) throws {
        switch options.format.output {
        case .json: try Output.json(counts)
        case .text:
            var parts = ["imported \(counts.imported)"]
            if ifAbsent { parts.append("already there \(counts.alreadyThere)") }
            if counts.expired > 0 { parts.append("expired \(counts.expired)") }
            Output.line(parts.joined(separator: ", "))
        }
    }
}
