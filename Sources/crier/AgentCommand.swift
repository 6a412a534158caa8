import ArgumentParser
import CrierClient
import CrierMessages

/// `crier agent`: stays connected, prints and pulls.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Stay connected, print what comes, and pull announced files.",
        discussion: """
            Prints a line for every message and a line for every finished file on standard
            output, and what happens around them on standard error. Files come into --dir,
            verified, and pulls that were cut off are gone on with, also by the next
            process. The agent comes back by itself after anything, and leaves with SIGINT
            or SIGTERM.

            With --on-file, PROGRAM is run with the path of every verified file; its exit
            status decides whether the gateway hears INSTALLED or FAILED. CRIER_FILE_ID,
            CRIER_FILE_NAME and CRIER_MESSAGE_ID are in its environment. After a crash in
            the middle it is run again for the same file.

              crier agent --id till-7 --dir inbox
              crier agent --id till-7 --dir inbox --on-file ./install.sh --limit-rate 2M
              crier agent --id till-7 --label site=berlin --label line=3
              crier agent --id till-7 --gateway gw1:6565,gw2:6565
            """
    )

    @Option(help: "The client's id: 1 to 255 bytes, unique among all agents.")
    var id: String

    @Option(help: "Pull announced files into this directory.")
    var dir: String?

    @Option(help: ArgumentHelp("What selectors can match; may be repeated.", valueName: "k=v"))
    var label: [AgentLabel] = []

    @Option(help: "Bytes a second at most, over all downloads, as in 500k or 10M.")
    var limitRate: ByteCount?

    @Option(help: "Downloads at once.")
    var maxDownloads = 2

    @Option(help: ArgumentHelp("Run this with the path of every verified file.", valueName: "program"))
    var onFile: String?

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard (1...64).contains(maxDownloads) else {
            throw ValidationError("--max-downloads is \(maxDownloads); 1 to 64 are allowed")
        }
        if onFile != nil, dir == nil {
            throw ValidationError("--on-file needs --dir: files must be pulled to be handled")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let agent = try Agent(try configuration())
            let printer = AgentPrinter(format: format.output)
            _ = try await cancelledBySignals {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for await message in agent.messages {
                            printer.show(message)
                            agent.acknowledge(message)
                        }
                    }
                    // The messages end before it does, so its error must not race with them.
                    try await agent.run()
                }
            }
        }
    }

    private func configuration() throws -> AgentConfiguration {
        var configuration = AgentConfiguration(
            clientID: id,
            labels: label.map { Label(key: $0.key, value: $0.value) },
            gateway: try gateway.configuration(),
            agentVersion: "crier \(CrierVersion.text)",
            directory: dir
        )
        configuration.maxBytesPerSecond = limitRate?.bytes ?? 0
        configuration.maxDownloads = maxDownloads
        let printer = AgentPrinter(format: format.output)
        configuration.onNews = { printer.show($0) }
        configuration.onFile = { [onFile] file in
            guard let onFile else {
                printer.show(file, .kept)
                return .kept
            }
            let handling = await FileHandler(program: onFile).handle(file)
            printer.show(file, handling)
            return handling
        }
        return configuration
    }
}

/// `key=value` on the command line.
struct AgentLabel: ExpressibleByArgument {
    var key: String
    var value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        (key, value) = (String(parts[0]), String(parts[1]))
    }
}
