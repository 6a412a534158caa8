import ArgumentParser
import CrierClient

/// `crier kv cas`: sets a key that has a certain value.
struct KVCompareAndSwap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cas",
        abstract: "Set a key only if it holds the expected value.",
        usage: "crier kv cas <key> <expected> <value> [--type <type>] [<options>]",
        discussion: """
            Exits with 1, and changes nothing, when the key holds another value, or a
            value of another type, or is absent. (`put --if-absent` is for that.)

              crier kv cas state idle busy
              crier kv cas counter 99 100 --type int
            """
    )

    @Argument(help: "The key.")
    var key: String

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The value that is expected, and the new one.", valueName: "values"))
    var words: [String]

    @Option(help: "The type of both: string, int, double, bool, json or bytes.")
    var type = ValueType.string

    @Option(help: ArgumentHelp("The key goes by itself after this: 500ms, 30s, 5m, 12h, 7d.", valueName: "time"))
    var ttl: TimeSpan?

    @OptionGroup var options: KVOptions

    func validate() throws {
        for value in try valueWords(words, "values", count: 2) { _ = try type.checked(value) }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            let values = try valueWords(words, "values", count: 2)
            let (expected, value) = (try type.checked(values[0]), try type.checked(values[1]))
            let expiry = ttl.map { KeyValueExpiry.after($0.duration) } ?? .never
            let written = try await store.put(key, value, in: namespace, if: .value(expected), expiry: expiry)
            switch options.format.output {
            case .text: Output.line(written.entry.value.text)
            case .json: try Output.json(WrittenRow(written))
            }
        }
    }
}
