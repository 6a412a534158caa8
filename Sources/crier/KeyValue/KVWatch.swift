import ArgumentParser
import CrierClient
import Synchronization

/// `crier kv watch`: a line for every change.
struct KVWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print a line for every change, as it happens.",
        discussion: """
            POSITION OP KEY VALUE, where OP is put, delete or expire. Changes of one
            revision come together; the position stands on the last of them, - on the
            others. A lost connection, and a restart of the gateway, are gone over
            without a gap.

              crier kv watch
              crier kv watch --prefix task. --output json
              crier kv watch --from 7:1042        everything after that position
              crier kv watch --snapshot           what is there first, then changes

            When changes were missed that the gateway cannot tell any more (its log is
            shorter, or it was restored from a backup), a line "- reset REASON" comes:
            with --snapshot what is there is printed again, otherwise the exit status
            is 1.
            """
    )

    @Option(help: "Only keys that begin with this.")
    var prefix = ""

    @Option(
        help: ArgumentHelp("Go on after this position, epoch:revision.", valueName: "position"),
        transform: { text in
            guard let position = KeyValuePosition(text) else {
                throw ValidationError("'\(text)' is no position: it is epoch:revision, as in 7:1042")
            }
            return position
        }
    )
    var from: KeyValuePosition?

    @Flag(help: "Begin with what is there: OP is snapshot, then a line \"POSITION snapshot-end\".")
    var snapshot = false

    @Option(help: "End after so many changes.")
    var count: Int?

    @OptionGroup var options: KVOptions

    func validate() throws {
        if snapshot, from != nil { throw ValidationError("--snapshot and --from exclude each other") }
        if let count, count < 1 { throw ValidationError("--count is \(count); 1 or more is allowed") }
    }

    func run() async throws {
        let start = snapshot ? .snapshot : from.map { KeyValueWatchStart.after($0) } ?? .now
        let printer = WatchPrinter(format: options.format.output, count: count)
        try await options.withStore { store, namespace in
            let follower = WatchFollower(store, namespace: namespace, prefix: prefix, from: start)
            let isInterrupted = try await cancelledBySignals {
                try await follower.run { event in try printer.show(event) }
            }
            if isInterrupted { throw ExitStatus.interrupted.exitCode }
        }
    }
}

/// Prints what a watch hears.
private final class WatchPrinter: Sendable {
    private let format: OutputFormat
    private let left: Mutex<Int>

    init(format: OutputFormat, count: Int?) {
        self.format = format
        left = Mutex(count ?? .max)
    }

    /// False: that was the last line that was asked for.
    func show(_ event: KeyValueWatchEvent) throws -> Bool {
        switch event {
        case .snapshot(let entries): for entry in entries { try show(entry) }
        case .snapshotEnd(let position): try show("snapshot-end", position)
        case .changes(let changes, let position): return try show(changes, position)
        case .progress: break
        case .reset(let reason): try show(reason)
        }
        return true
    }

    private func show(_ changes: [KeyValueChange], _ position: KeyValuePosition) throws -> Bool {
        for (index, change) in changes.enumerated() {
            let isLast = index == changes.count - 1
            switch format {
            case .json: try Output.json(ChangeRow(change, position: isLast ? position : nil))
            case .text:
                let value = (change.entry?.value.text).map { " " + Output.printable($0) } ?? ""
                let place = isLast ? position.description : "-"
                Output.line("\(place) \(change.kind.rawValue) \(Output.printable(change.key))\(value)")
            }
            let isEnough = left.withLock { left in
                left -= 1
                return left == 0
            }
            if isEnough { return false }
        }
        return true
    }

    private func show(_ entry: KeyValueEntry) throws {
        switch format {
        case .json: try Output.json(SnapshotRow(op: "snapshot", entry: EntryRow(entry)))
        case .text: Output.line("- snapshot \(Output.printable(entry.key)) \(Output.printable(entry.value.text))")
        }
    }

    private func show(_ name: String, _ position: KeyValuePosition) throws {
        switch format {
        case .json: try Output.json(SnapshotRow(op: name, position: position.description))
        case .text: Output.line("\(position) \(name)")
        }
    }

    private func show(_ reason: KeyValueWatchEvent.Reset) throws {
        switch format {
        case .json: try Output.json(SnapshotRow(op: "reset", reason: reason.rawValue))
        case .text: Output.line("- reset \(reason.rawValue)")
        }
    }
}

/// What a watch prints beside changes, as `--output json` shows it.
private struct SnapshotRow: Encodable {
    var op: String
    var entry: EntryRow?
    var position: String?
    var reason: String?
}
