import FoundationEssentials
import Glibc

/// The gateway's process as Linux accounts for it (proc(5)).
struct ServerProcess: Sendable {
    /// What it used up to a moment.
    struct Sample: Sendable {
        var cpuSeconds: Double
        var residentBytes: Int64
    }

    let pid: Int32

    /// Nil when there is no such process.
    func sample() -> Sample? {
        guard
            let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let memory = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8),
            // The name in parentheses may contain anything, blanks too.
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[end...].split(separator: " ")
        let pages = memory.split(separator: " ")
        guard fields.count > 13, pages.count > 1, let user = Double(fields[12]), let system = Double(fields[13]),
            let resident = Int64(pages[1])
        else { return nil }
        return Sample(
            cpuSeconds: (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))),
            residentBytes: resident * Int64(sysconf(Int32(_SC_PAGESIZE)))
        )
    }
}
