import ArgumentParser
import CrierClient
import CrierMessages

/// `crier files`: lists and deletes files.
struct FilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "List the gateway's files, and which nodes have them.",
        discussion: """
              crier files
              crier files --prefix firmware- --output json
              crier files --delete old.bin
            """
    )

    @Option(help: "Only names that begin with this.")
    var prefix = ""

    @Option(help: ArgumentHelp("Delete this name, or everything of this file_id.", valueName: "file_id|name"))
    var delete: String?

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let files = Files(link)
            var rows: [FileRow] = []
            if let delete {
                rows.append(FileRow(try await files.delete(delete)))
            } else {
                for try await info in try await files.list(prefix: prefix) { rows.append(FileRow(info)) }
            }
            switch format.output {
            case .json: try Output.json(rows)
            case .text: Output.table([FileRow.heading] + rows.map(\.cells))
            }
            await link.close()
        }
    }
}

/// A file as `--output json` and the table show it.
struct FileRow: Encodable {
    var file_id: String
    var name: String
    var size: Int64
    var created_at: String
    var media_type: String
    var nodes: [String]

    init(_ info: FileInfo) {
        file_id = info.fileID
        name = info.name
        size = info.size
        created_at = Timestamp.text(milliseconds: info.createdAt)
        media_type = info.mediaType
        nodes = info.nodes
    }

    static let heading = ["NAME", "SIZE", "CREATED", "NODES", "FILE_ID"]

    var cells: [String] {
        [Output.printable(name), ByteCount(size).text, created_at, nodes.joined(separator: ","), file_id]
    }
}
