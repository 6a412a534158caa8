import Foundation
import Testing

/// Words that a reviewer would stop at.
@Suite("Banned words")
struct BannedWordsTests {
    @Test("No file of Sources can crash on outside input or starts work that nobody owns")
    func sources() {
        let words = [
            "try!", "as!", "fatalError(", "Task.detached", "DispatchQueue.global", "Thread.sleep", "usleep(", ".wait()",
        ]
        expectNone(Repository.sources.flatMap { $0.places(of: words) })
        expectNone(Repository.sources.flatMap(bareTasks))
    }

    @Test("No test waits by sleeping")
    func tests() {
        // Its one use: the timer that a time-out races against.
        let allowed = ["Tests/SystemTests/Support/Deadline.swift"]
        let words = ["Task.sleep", "Thread.sleep", "usleep(", "nanosleep(", " sleep(", ".sleep("]
        let files = Repository.tests.filter { $0.target != "TidyTests" && !allowed.contains($0.path) }
        expectNone(files.flatMap { $0.places(of: words) }.filter { !$0.contains("func sleep(") })
    }

    @Test("Nothing is left to do: no TODO, no FIXME")
    func leftovers() {
        let marks = ["TO" + "DO", "FIX" + "ME"]
        expectNone(
            Repository.swiftFiles.filter { $0.target != "TidyTests" }
                .flatMap { file in
                    file.lines.indices.filter { index in marks.contains { file.lines[index].contains($0) } }
                        .map(file.place)
                }
        )
    }

    @Test("An unchecked promise to the compiler has its proof beside it")
    func uncheckedPromises() {
        for file in Repository.sources {
            for index in file.code.indices {
                let line = file.code[index]
                guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { continue }
                #expect(file.hasComment(at: index), "\(file.place(index))")
            }
        }
    }

    @Test("No path of one machine stands in what is committed")
    func machinePaths() {
        let paths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/fa" + "rm/"]
        let texts = ["Sources", "Tests", "Protos", "scripts", "docker", "docs"].flatMap(Repository.files(below:))
        for path in texts + ["Package.swift", "README.md", "CONTRIBUTING.md", ".ci/run"] {
            let text = Repository.text(of: path)
            for word in paths {
                #expect(!text.contains(word), "\(path) names \(word)")
            }
        }
    }

    /// A task that nobody keeps can neither be awaited nor cancelled.
    private func bareTasks(in file: SourceFile) -> [String] {
        file.code.indices
            .filter { index in
                let line = file.code[index].drop { $0 == " " }
                return line.hasPrefix("Task {") || line.hasPrefix("Task(") || line.hasPrefix("_ = Task")
            }
            .map(file.place)
    }

    private func expectNone(_ places: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(places.isEmpty, "\(places.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
}

extension SourceFile {
    /// Whether the line has a comment: on itself, or in the block of comments and attributes right above.
    func hasComment(at index: Int) -> Bool {
        if lines[index].contains("//") { return true }
        var above = index - 1
        while above >= 0, lines[above].drop(while: { $0 == " " }).hasPrefix("@") { above -= 1 }
        while above >= 0, lines[above].contains("@unchecked Sendable") || lines[above].contains("nonisolated(unsafe)") {
            above -= 1  // one proof may stand above several lines
        }
        return above >= 0 && lines[above].drop { $0 == " " }.hasPrefix("//")
    }
}
