import ArgumentParser
import CrierClient

/// `crier kv history`: what a key was before.
struct KVHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the last changes of a key, newest first.",
        discussion: """
            As far as the gateway's log reaches back.

              crier kv history counter
              crier kv history counter --limit 100 --output json
            """
    )

    @Argument(help: "The key.")
    var key: String

    @Option(help: "So many at most; 1 to 1000.")
    var limit = 10

    @OptionGroup var options: KVOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is \(limit); 1 to 1000 are allowed") }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            let changes = try await store.history(of: key, in: namespace, limit: limit).changes
            switch options.format.output {
            case .json: try Output.json(changes.map { ChangeRow($0) })
            case .text:
                let heading = ["REVISION", "OP", "TYPE", "VALUE", "UPDATED"]
                Output.table([heading] + changes.map(ChangeRow.historyCells))
            }
        }
    }
}

/// `crier kv rollback`: sets a key to what it was.
struct KVRollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Set a key to the value that it had at a revision.",
        discussion: """
            This is a new change like any other; history keeps both. Nothing is
            changed when somebody else writes the key in between (exit status 1).

              crier kv history counter
              crier kv rollback counter 1042
            """
    )

    @Argument(help: "The key.")
    var key: String

    @Argument(help: "The revision.")
    var revision: UInt64

    @OptionGroup var options: KVOptions

    func validate() throws {
        guard revision > 0 else { throw ValidationError("revision is 0; revisions begin at 1") }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            guard let value = try await store.get(key, in: namespace, at: revision).entry?.value else {
                Output.note("crier: there was no key \(Output.printable(key)) at revision \(revision)")
                throw ExitStatus.absent.exitCode
            }
            let now = try await store.get(key, in: namespace).entry
            let condition = now.map { KeyValueCondition.revision($0.revision) } ?? .absent
            let written = try await store.put(key, value, in: namespace, if: condition)
            switch options.format.output {
            case .text: Output.line(written.entry.value.text)
            case .json: try Output.json(WrittenRow(written))
            }
        }
    }
}
