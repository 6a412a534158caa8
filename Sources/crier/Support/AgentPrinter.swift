import CrierClient
import CrierMessages
import Synchronization

/// Prints an agent's messages and files on standard output, and its news on standard error.
final class AgentPrinter: Sendable {
    private let format: OutputFormat
    private let bars = Mutex<[String: ProgressLine]>([:])

    init(format: OutputFormat) {
        self.format = format
    }

    func show(_ message: AgentMessage) {
        var row = AgentRow(id: message.id)
        switch message.content {
        case .text(let text): (row.kind, row.text) = ("text", text)
        case .event(let type, let details): (row.kind, row.type, row.text) = ("event", type, details)
        case .data(let data): (row.kind, row.bytes) = ("data", Int64(data.count))
        case .file(let notice):
            (row.kind, row.type) = ("notice", notice.revoked ? "revoked" : "announced")
            (row.name, row.bytes, row.file_id) = (notice.fileName, notice.fileSize, notice.fileID)
        }
        print(row)
    }

    func show(_ file: AgentConfiguration.ReceivedFile, _ handling: AgentConfiguration.Handling) {
        var row = AgentRow(id: file.order.messageID)
        (row.kind, row.name, row.path) = ("file", file.order.name.value, file.path)
        (row.bytes, row.file_id) = (file.order.size, file.order.fileID)
        switch handling {
        case .kept: row.type = "verified"
        case .installed: row.type = "installed"
        case .failed(let reason): (row.type, row.text) = ("failed", reason)
        }
        print(row)
    }

    func show(_ news: AgentNews) {
        switch news {
        case .connected(let welcome): Output.note("connected to \(welcome.nodeID), session \(welcome.sessionID)")
        case .disconnected(let error, let pause):
            Output.note("disconnected: \(error); next attempt in \(fixed(Self.seconds(pause), 1)) s")
        case .redirected(let redirect): Output.note("the gateway asks to reconnect: \(redirect.reason)")
        case .refused(let notice, let error):
            Output.note("notice \(Output.printable(notice.fileName)) refused: \(error)")
        case .pull(let report): show(report)
        }
    }

    private func show(_ report: PullReport) {
        let name = report.order.name.value
        switch report.phase {
        case .downloading:
            let bar = bars.withLock { bars in
                let bar = bars[name] ?? ProgressLine(name)
                bars[name] = bar
                return bar
            }
            bar.show(done: report.bytesDone, total: report.order.size)
        case .paused(let reason): Output.note("\(name) paused at byte \(report.bytesDone): \(reason)")
        case .waiting(let reason) where reason.contains("attempt"): Output.note("\(name) waits: \(reason)")
        case .waiting, .proving, .verifying: break
        case .ended(let outcome):
            bars.withLock { $0.removeValue(forKey: name) }?.clear()
            switch outcome {
            case .finished: break
            case .failed(_, let reason): Output.note("\(name) failed: \(reason)")
            case .declined(let reason): Output.note("\(name) declined: \(reason)")
            case .revoked: Output.note("\(name) revoked")
            }
        }
    }

    private func print(_ row: AgentRow) {
        switch format {
        case .text: Output.line(row.line)
        case .json: try? Output.json(row)
        }
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

/// One line of `crier agent`.
struct AgentRow: Encodable {
    var kind = ""
    var id: String
    var type: String?
    var text: String?
    var name: String?
    var path: String?
    var bytes: Int64?
    var file_id: String?

    init(id: String) { self.id = id }

    /// `text Good morning`, `event update urgent`, `file installed inbox/fw.bin 12345 sha256:…`.
    var line: String {
        var parts = [kind]
        if let type { parts.append(type) }
        if let place = path ?? name { parts.append(place) }
        if let bytes { parts.append("\(bytes)") }
        if let file_id { parts.append(file_id) }
        if let text, !text.isEmpty { parts.append(text) }
        return parts.map(Output.printable).joined(separator: " ")
    }
}
