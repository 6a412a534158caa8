import ArgumentParser
import CrierClient
import CrierMessages

/// `crier put`: uploads one file.
struct PutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Upload a file and print its file_id.",
        discussion: """
            An upload that was cut off, on either side, goes on where the gateway has it:
            run the same command again. The same content is stored once, whatever it is
            called.

              crier put ./firmware.bin
              crier put ./build/out.bin --name firmware-1.4.bin
              crier push till-7 --file "$(crier put ./firmware.bin)"
            """
    )

    @Argument(help: "The file to upload.")
    var path: String

    @Option(help: "What the gateway calls it. (default: the path's last component)")
    var name: String?

    @Option(help: "Kept with the file, for whoever asks.")
    var mediaType = ""

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let info = try await upload(path, name: name, mediaType: mediaType, over: link)
            switch format.output {
            case .text: Output.line(info.fileID)
            case .json: try Output.json(FileRow(info))
            }
            await link.close()
        }
    }
}

/// Uploads with a progress line; SIGINT leaves the gateway with what it has.
func upload(
    _ path: String,
    name: String? = nil,
    mediaType: String = "",
    over link: GatewayLink
) async throws -> FileInfo {
    let progress = ProgressLine(String(path.split(separator: "/").last ?? ""))
    defer { progress.clear() }
    return try await Files(link)
        .upload(path, name: name, mediaType: mediaType) { state in
            switch state {
            case .hashing(let done, let total): progress.show(done: done, total: total, note: "digesting")
            case .sending(let done, let total): progress.show(done: done, total: total)
            case .waiting(let reason):
                progress.clear()
                Output.note("waiting: \(reason)")
            }
        }
}
