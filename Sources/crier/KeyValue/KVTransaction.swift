import ArgumentParser
import CrierClient

/// `crier kv txn`: several writes at once, or none.
struct KVTransaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "txn",
        abstract: "Do several things at one revision, or nothing.",
        discussion: """
            Reads the JSON that REST's …/transaction takes, from a file or from
            standard input. Exits with 1 when a guard did not hold: then the writes of
            "else" were done.

              crier kv txn move.json
              crier kv txn <<'JSON'
              {"if":   [{"key":"stock","value":"3","type":"int"},
                        {"key":"order.9","absent":true}],
               "then": [{"key":"stock","increment":-1},
                        {"key":"order.9","value":"paid"},
                        {"key":"cart.9","delete":true}],
               "else": [{"key":"refused","increment":1}]}
              JSON

            Guards: {"key","absent":true}, {"key","present":true}, {"key","revision"},
            {"key","value","type"}. Writes: {"key","value","type","ttl"},
            {"key","delete":true}, {"key","increment"}. At most 100 of them together.
            """
    )

    @Argument(help: "A file; - for standard input.")
    var file = "-"

    @OptionGroup var options: KVOptions

    func run() async throws {
        try await options.withStore { store, namespace in
            let source = file == "-" ? "standard input" : file
            let bytes = try Input.bytes(of: file, limit: KeyValueToolLimits.transactionBytes)
            let file = try TransactionFile(bytes, source: source, namespace: namespace)
            let outcome = try await store.transact(file.transaction)
            switch options.format.output {
            case .text: Output.line("\(outcome.succeeded ? "then" : "else") \(outcome.position)")
            case .json: try Output.json(OutcomeRow(outcome))
            }
            if !outcome.succeeded { throw ExitStatus.notAsAsked.exitCode }
        }
    }
}

/// What a transaction answered, as `--output json` shows it.
struct OutcomeRow: Encodable {
    var succeeded: Bool
    var position: String
    var changes: [ChangeRow]

    init(_ outcome: KeyValueOutcome) {
        (succeeded, position) = (outcome.succeeded, outcome.position.description)
        changes = outcome.changes.map { ChangeRow($0) }
    }
}
