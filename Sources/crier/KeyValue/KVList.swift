import ArgumentParser
import CrierClient

/// `crier kv list`: prints a namespace's entries.
struct KVList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List keys and values, sorted by key.",
        discussion: """
              crier kv list
              crier kv list --prefix task. --output json
              crier kv list --keys --limit 10

            The keys are in the order of their bytes.
            """
    )

    @Option(help: "Only keys that begin with this.")
    var prefix = ""

    @Option(help: "So many at most.")
    var limit: Int?

    @Flag(name: .customLong("keys"), help: "Only the keys, one a line.")
    var keysOnly = false

    @OptionGroup var options: KVOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); 1 or more is allowed") }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            var printer = ListPrinter(format: options.format.output)
            let pages = EntryPages(store, namespace: namespace, prefix: prefix, limit: limit)
            if keysOnly {
                try await pages.forEachKeys { try printer.show($0) }
            } else {
                try await pages.forEach { try printer.show($0) }
            }
            printer.finish()
        }
    }
}

/// Prints pages as they come, so that a long list is never held whole. As JSON: one array, an entry a line.
private struct ListPrinter {
    let format: OutputFormat
    private var isFirst = true

    init(format: OutputFormat) { self.format = format }

    mutating func show(_ page: [KeyValueEntry]) throws {
        switch format {
        case .json: for entry in page { try show(EntryRow(entry)) }
        case .text where page.isEmpty: break
        case .text: Output.table((isFirst ? [KeyValueEntry.heading] : []) + page.map(\.cells))
        }
        if !page.isEmpty { isFirst = false }
    }

    mutating func show(_ page: [KeyValueKeysPage.Key]) throws {
        for key in page {
            if format == .json { try show(key.key) } else { Output.line(Output.printable(key.key)) }
        }
    }

    private mutating func show(_ element: some Encodable) throws {
        Output.line((isFirst ? "[" : ",") + (try Output.jsonText(element)))
        isFirst = false
    }

    func finish() {
        if format == .json { Output.line(isFirst ? "[]" : "]") }
    }
}
