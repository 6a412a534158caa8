import ArgumentParser
import CrierClient

/// `crier kv put`: sets one key.
struct KVPut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Set a key.",
        usage: "crier kv put <key> <value> [--type <type>] [--ttl <time>] [<options>]",
        discussion: """
            Prints the position of the change, from which `watch --from` goes on.

              crier kv put greeting "Good morning"
              crier kv put counter -5 --type int
              crier kv put settings '{"speed":3}' --type json
              crier kv put session.7 alive --ttl 30s
              crier kv put photo - --type bytes < photo.jpg
              crier kv put leader node-1 --if-absent
              crier kv put counter 101 --type int --if-revision 1042

            A value of - is read from standard input: for string and bytes exactly as
            it is there, for the other types without blanks around it. On the command
            line bytes are base64.
            """
    )

    @Argument(help: "The key: 1 to 512 bytes.")
    var key: String

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The value, at most 1 MiB; - for standard input.", valueName: "value"))
    var words: [String]

    @Option(help: "string, int, double, bool, json or bytes.")
    var type = ValueType.string

    @Option(help: ArgumentHelp("The key goes by itself after this: 500ms, 30s, 5m, 12h, 7d.", valueName: "time"))
    var ttl: TimeSpan?

    @OptionGroup var conditions: ConditionOptions
    @OptionGroup var options: KVOptions

    func validate() throws {
        let value = try valueWords(words, "value")[0]
        if value != "-" { _ = try type.checked(value) }
    }

    func run() async throws {
        try await options.withStore { store, namespace in
            let word = try valueWords(words, "value")[0]
            let value = try word == "-" ? type.fromStandardInput() : type.checked(word)
            let expiry = ttl.map { KeyValueExpiry.after($0.duration) } ?? .never
            let written = try await store.put(key, value, in: namespace, if: conditions.condition, expiry: expiry)
            switch options.format.output {
            case .text: Output.line("\(written.position)")
            case .json: try Output.json(WrittenRow(written))
            }
        }
    }
}

/// Under which condition something is written.
struct ConditionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only if the key's last change was that revision.", valueName: "revision"))
    var ifRevision: UInt64?

    @Flag(help: "Only if there is no such key.")
    var ifAbsent = false

    @Flag(help: "Only if there is such a key.")
    var ifPresent = false

    func validate() throws {
        let given = [ifRevision != nil, ifAbsent, ifPresent].count { $0 }
        guard given <= 1 else {
            throw ValidationError("one of --if-revision, --if-absent and --if-present at most; \(given) were given")
        }
    }

    /// Nil: none.
    var condition: KeyValueCondition? {
        if ifAbsent { return .absent }
        if ifPresent { return .present }
        return ifRevision.map { .revision($0) }
    }
}

/// Values may begin with a dash, as -5 does; so what is no option reaches them, and is looked at here.
func valueWords(_ words: [String], _ name: String, count: Int = 1) throws -> [String] {
    let values = words.first == "--" ? Array(words.dropFirst()) : words
    guard values.count != count else { return values }
    if let option = words.first(where: { $0.hasPrefix("--") }) {
        throw ValidationError("there is no option \(option); values that begin with -- come last, after a -- alone")
    }
    throw ValidationError(
        "\(count) \(name) is needed; \(values.count) were given: put quotes around what belongs together")
}

extension ValueType {
    /// The same as `value`, for what stands on the command line.
    func checked(_ text: String) throws -> KeyValue {
        do {
            return try KeyValue(text: text, type: self)
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Reads a value from standard input.
    func fromStandardInput() throws -> KeyValue {
        let bytes = try Input.bytes(of: "-", limit: KeyValueToolLimits.valueBytes)
        if self == .bytes { return .bytes(bytes) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CrierClientError(.invalidArgument, "standard input is not UTF-8: --type bytes takes anything")
        }
        return try checked(self == .string ? text : text.trimmed)
    }
}

extension String {
    /// Without blanks and ends of lines around it.
    var trimmed: String {
        let kept = drop(while: \.isWhitespace)
        return String(kept.reversed().drop(while: \.isWhitespace).reversed())
    }
}
