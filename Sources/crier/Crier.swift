import ArgumentParser

/// The program. Each subcommand is one file.
@main
struct Crier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crier",
        abstract: "A push gateway: tell thousands of agents something now, and let them pull files at their own pace.",
        discussion: """
            Begin in three terminals:

              crier serve                                 the gateway, on 127.0.0.1:6565
              crier agent --id till-7 --dir inbox         an agent; files go to inbox/
              crier push till-7 --text "Good morning"     tells it something
              crier push till-7 --file ./firmware.bin     uploads the file and announces it

            \(ExitStatus.help)
            """,
        version: CrierVersion.text,
        subcommands: [
            ServeCommand.self, AgentCommand.self, PushCommand.self, PutCommand.self, GetCommand.self, FilesCommand.self,
            ClientsCommand.self, NodesCommand.self, DrainCommand.self, WhyCommand.self, KeyValueCommand.self,
            BenchCommand.self, VersionCommand.self,
        ]
    )
}

/// The version that this program says it is.
enum CrierVersion {
    static let text = "0.1.0"
}

/// `crier version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version of this program."
    )

    func run() {
        Output.line("crier \(CrierVersion.text)")
    }
}
