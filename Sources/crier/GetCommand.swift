import ArgumentParser
import CrierClient
import CrierMessages

/// `crier get`: downloads one file.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download a file, or the rest of it.",
        discussion: """
            Until the file is whole and its SHA-256 is right it stays in .crier beside its
            place; then it takes its name in one step. A download that was cut off goes on
            where it stopped: run the same command again.

              crier get firmware.bin --to .
              crier get sha256:9f86…0f00 --to /srv/firmware.bin --limit-rate 2M
            """
    )

    @Argument(help: "A file_id, or a name, which means the newest file of that name.")
    var file: String

    @Option(help: "A file that is made or replaced, or a directory.")
    var to: String

    @Option(help: "Bytes a second at most, as in 500k or 10M.")
    var limitRate: ByteCount?

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        try await reportingErrors {
            let link = try gateway.link()
            let limiter = RateLimiter(bytesPerSecond: limitRate?.bytes ?? 0)
            let progress = ProgressLine(file)
            let isInterrupted = try await cancelledBySignals { [file, to] in
                defer { progress.clear() }
                let options = Files.DownloadOptions(limiter: limiter)
                let path = try await Files(link)
                    .download(file, to: to, options: options) { report in
                        Self.show(report, progress)
                    }
                progress.clear()
                Output.line(path)
            }
            await link.close()
            if isInterrupted { throw ExitStatus.interrupted.exitCode }
        }
    }

    private static func show(_ report: PullReport, _ progress: ProgressLine) {
        switch report.phase {
        case .proving: progress.show(done: 0, total: report.order.size, note: "proving what is here")
        case .downloading: progress.show(done: report.bytesDone, total: report.order.size)
        case .waiting(let reason) where reason.contains("attempt"), .paused(let reason):
            progress.clear()
            Output.note("waiting: \(reason)")
        case .waiting, .verifying, .ended: break
        }
    }
}
