import ArgumentParser
import CrierClient

/// `crier kv incr`: adds to an int.
struct KVIncrement: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incr",
        abstract: "Add to an int, and print the sum.",
        discussion: """
            Nothing is lost when many do so at once. A key that is absent begins at
            --initial. The key keeps its expiry.

              crier kv incr counter
              crier kv incr counter --by -5
            """
    )

    @Argument(help: "The key.")
    var key: String

    @Option(parsing: .unconditional, help: "What to add.")
    var by: Int64 = 1

    @Option(parsing: .unconditional, help: "What an absent key is before the addition.")
    var initial: Int64 = 0

    @OptionGroup var options: KVOptions

    func run() async throws {
        try await options.withStore { store, namespace in
            let written = try await store.increment(key, by: by, initial: initial, in: namespace)
            switch options.format.output {
            case .text: Output.line(written.entry.value.text)
            case .json: try Output.json(WrittenRow(written))
            }
        }
    }
}
