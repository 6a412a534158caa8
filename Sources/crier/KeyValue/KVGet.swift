import ArgumentParser
import CrierClient

/// `crier kv get`: prints one value.
struct KVGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Print the value of a key.",
        discussion: """
            Exits with 2 when there is no such key.

              crier kv get counter
              crier kv get settings --output json
              crier kv get photo --raw > photo.jpg      the bytes themselves
            """
    )

    @Argument(help: "The key.")
    var key: String

    @Flag(help: "The value as it is: no end of line, and bytes instead of base64.")
    var raw = false

    @Option(help: ArgumentHelp("As it was at that revision, if the log reaches back so far.", valueName: "revision"))
    var at: UInt64?

    @Flag(help: "Be content with this node's copy, which may be behind.")
    var stale = false

    @OptionGroup var options: KVOptions

    func validate() throws {
        if at == 0 { throw ValidationError("--at is 0; revisions begin at 1") }
        if at != nil, stale { throw ValidationError("--at and --stale exclude each other") }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            let read =
                if let at {
                    try await store.get(key, in: namespace, at: at)
                } else {
                    try await store.get(key, in: namespace, stale: stale)
                }
            guard let entry = read.entry else {
                Output.note("crier: there is no key \(Output.printable(key)) in \(namespace)")
                throw ExitStatus.absent.exitCode
            }
            try show(entry)
        }
    }

    private func show(_ entry: KeyValueEntry) throws {
        switch (options.format.output, raw) {
        case (.json, _): try Output.json(EntryRow(entry))
        case (.text, true): Output.bytes(entry.value.rawBytes)
        case (.text, false): Output.line(entry.value.text)
        }
    }
}
