import ArgumentParser
import CrierClient
import CrierMessages
import FoundationEssentials

/// `crier push`: tells one client one thing.
struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Tell one client something.",
        discussion: """
            Exits with 0 only if the client's stream took the message, or with --wait-for
            if the client said so; 1 when the client is not connected.

              crier push till-7 --text "Good morning"
              crier push till-7 --event update=urgent --wait-for applied
              crier push till-7 --file ./firmware.bin     uploads, then announces it
              crier push till-7 --file sha256:9f86…0f00   announces what is there
              crier push till-7 --data ./blob             the bytes, up to 4 MiB
              crier push till-7 --pause sha256:9f86…0f00  goes on with --resume
            """
    )

    @Argument(help: "The client's id.")
    var client: String

    @Option(help: "A text.")
    var text: String?

    @Option(help: ArgumentHelp("An event.", valueName: "type[=details]"))
    var event: String?

    @Option(
        help: ArgumentHelp("Announce a file: a file_id, a path to upload, or a name at the gateway.", valueName: "file")
    )
    var file: String?

    @Option(help: ArgumentHelp("The bytes of a file, in the message itself.", valueName: "path"))
    var data: String?

    @Option(help: ArgumentHelp("Let the client's pull of this file rest.", valueName: "file_id"))
    var pause: String?

    @Option(help: ArgumentHelp("Let it go on.", valueName: "file_id"))
    var resume: String?

    @Option(help: ArgumentHelp("End it; what came of the file is deleted.", valueName: "file_id"))
    var cancel: String?

    @Option(help: "Wait until the client has received or applied it, as far as it says so.")
    var waitFor: WaitForStage?

    @Option(help: "With --file: the client pulls no faster than this many bytes a second.")
    var limitRate: ByteCount?

    @Option(help: "With --file: the client waits a random time up to so many seconds before it pulls.")
    var startJitter: Double?

    @Flag(
        help: """
            With --file: take the announcement back; the client ends its pull and deletes what came. A file that is whole \
            stays: it is the client's.
            """
    )
    var revoke = false

    @Flag(help: "Keep the message until the client has acknowledged it.")
    var durable = false

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        let given = [text, event, file, data, pause, resume, cancel].count { $0 != nil }
        guard given == 1 else {
            throw ValidationError(
                "exactly one of --text, --event, --file, --data, --pause, --resume and --cancel is needed; "
                    + "\(given) were given")
        }
        if file == nil, limitRate != nil || startJitter != nil || revoke {
            throw ValidationError("--limit-rate, --start-jitter and --revoke go with --file")
        }
        if waitFor != nil, control != nil {
            throw ValidationError(
                "--wait-for does not go with --pause, --resume and --cancel: no client acknowledges these")
        }
        if let startJitter, !(0...1e9).contains(startJitter) {
            throw ValidationError("--start-jitter is \(startJitter); 0 to 1000000000 seconds are allowed")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let request = PushRequest(
                clientID: client, content: try await content(link), durable: durable,
                waitFor: waitFor?.value ?? .written)
            let response = try await Pusher(link).push(request)
            await link.close()
            try show(response)
            if !response.success { throw ExitStatus.notAsAsked.exitCode }
        }
    }

    private func content(_ link: GatewayLink) async throws -> PushRequest.Content {
        if let text { return .text(TextMessage(content: text)) }
        if let data { return .data(try bytes(of: data)) }
        if let file { return .fileNotice(try await notice(of: file, link)) }
        if let control { return .fileControl(control) }
        let parts = (event ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return .event(NotifyEvent(type: String(parts[0]), details: parts.count > 1 ? String(parts[1]) : ""))
    }

    private var control: FileControl? {
        if let pause { return FileControl(fileID: pause, action: .pause) }
        if let resume { return FileControl(fileID: resume, action: .continue) }
        return cancel.map { FileControl(fileID: $0, action: .abort) }
    }

    private func bytes(of path: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw CrierClientError(.io, "--data: \(path) cannot be read", cause: error)
        }
    }

    private func notice(of file: String, _ link: GatewayLink) async throws -> FileNotice {
        if file.contains("/"), !FileManager.default.fileExists(atPath: file) {
            throw CrierClientError(.io, "--file: there is no file \(file) to upload")
        }
        let info: FileInfo
        if ContentDigest(fileID: file) != nil || !FileManager.default.fileExists(atPath: file) {
            info = try await Files(link).info(file)
        } else {
            info = try await upload(file, over: link)
        }
        return FileNotice(
            fileName: info.name,
            fileID: info.fileID,
            startJitterMs: Int64((startJitter ?? 0) * 1000),
            maxBytesPerSecond: limitRate?.bytes ?? 0,
            revoked: revoke
        )
    }

    private func show(_ response: PushResponse) throws {
        switch format.output {
        case .json: try Output.json(PushRow(response))
        case .text where response.success: Output.line("\(response.outcome) \(response.messageID)")
        case .text: Output.note("crier: \(response.outcome): \(response.error)")
        }
    }
}

/// What `--wait-for` takes.
enum WaitForStage: String, ExpressibleByArgument, CaseIterable {
    case received, applied

    var value: PushRequest.WaitFor { self == .received ? .received : .applied }
}

/// What became of a push, as `--output json` shows it.
struct PushRow: Encodable {
    var success: Bool
    var outcome: String
    var message_id: String
    var node_id: String
    var error: String

    init(_ response: PushResponse) {
        success = response.success
        outcome = "\(response.outcome)"
        message_id = response.messageID
        node_id = response.nodeID
        error = response.error
    }
}
