import ArgumentParser
import CrierClient

/// `crier kv del`: deletes a key, or all that begin with something.
struct KVDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "del",
        abstract: "Delete a key, or every key that begins with a prefix.",
        discussion: """
            Prints how many keys were deleted. That there was none is no failure.

              crier kv del counter
              crier kv del counter --if-revision 1042
              crier kv del --prefix task.
            """
    )

    @Argument(help: "The key.")
    var key: String?

    @Option(help: "Delete every key that begins with this, at one revision; at most 10,000.")
    var prefix: String?

    @OptionGroup var conditions: ConditionOptions
    @OptionGroup var options: KVOptions

    func validate() throws {
        guard (key == nil) != (prefix == nil) else {
            throw ValidationError("a key or --prefix is needed, and not both")
        }
        if prefix != nil, conditions.condition != nil {
            throw ValidationError("a condition is about one key; it does not go with --prefix")
        }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            let deletion =
                if let prefix {
                    try await store.delete(prefix: prefix, in: namespace)
                } else {
                    try await store.delete(key ?? "", in: namespace, if: conditions.condition)
                }
            switch options.format.output {
            case .text: Output.line(String(deletion.count))
            case .json: try Output.json(DeletedRow(deletion))
            }
        }
    }
}

/// What a deletion answered, as `--output json` shows it.
struct DeletedRow: Encodable {
    var deleted: Int
    var position: String
    var previous: EntryRow?

    init(_ deletion: KeyValueDeletion) {
        (deleted, position) = (deletion.count, deletion.position.description)
        previous = deletion.previous.map(EntryRow.init)
    }
}
