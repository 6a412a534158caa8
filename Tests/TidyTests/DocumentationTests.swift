import Testing

/// What a caller reads instead of the code.
@Suite("Documentation")
struct DocumentationTests {
    @Test("Every limit says its meaning, unit and reason")
    func limits() {
        let files = Repository.sources.filter { $0.path.hasSuffix("Limits.swift") }
        #expect(!files.isEmpty)
        for file in files {
            for index in file.code.indices where Self.isLimit(file.code[index]) {
                // Fewer letters do not hold a unit and a reason.
                #expect(file.documentation(above: index).count >= 25, "\(file.place(index))")
            }
        }
    }

    @Test("Every public function has a documentation comment, here or on the requirement that it fulfils")
    func publicFunctions() {
        let requirements = Set(Repository.sources.flatMap(\.requirements)).union(Self.foreignRequirements)
        for file in Repository.sources where file.target != "crier" {
            for function in file.functions where !requirements.contains(function.name) {
                let declaration = file.code[function.line - 1].drop { $0 == " " }
                // One line is its own explanation, an initializer is told by the members that it sets.
                guard declaration.hasPrefix("public "), function.name != "init", function.lines > 1 else { continue }
                #expect(!file.documentation(above: function.line - 1).isEmpty, "\(file.place(function.line - 1))")
            }
        }
    }

    @Test("Every type says its duty")
    func types() {
        let kinds = ["struct ", "final class ", "class ", "enum ", "protocol ", "actor "]
        for file in Repository.sources {
            for index in file.code.indices where kinds.contains(where: { file.code[index].hasPrefix($0) }) {
                #expect(!file.documentation(above: index).isEmpty, "\(file.place(index))")
            }
        }
    }

    private static func isLimit(_ line: String) -> Bool {
        let words = line.split(separator: " ").filter { !["public", "package", "internal", "private"].contains($0) }
        guard line.contains("=") || line.contains(":"), line.hasPrefix("    ") else { return false }
        return words.starts(with: ["static", "let"]) || words.starts(with: ["static", "var"])
            || (line.hasPrefix("    public var ") && line.contains("="))
    }

    /// Methods that protocols of the libraries ask for.
    private static let foreignRequirements: Set<String> = [
        "==", "<", "hash", "encode", "makeAsyncIterator", "next", "run",
        "handlerAdded", "handlerRemoved", "channelActive", "channelInactive", "channelRead", "channelReadComplete",
        "channelWritabilityChanged", "userInboundEventTriggered", "errorCaught",
    ]
}

extension SourceFile {
    /// The `///` block above a declaration, attributes between them passed over.
    func documentation(above index: Int) -> String {
        var above = index - 1
        while above >= 0, lines[above].drop(while: { $0 == " " }).hasPrefix("@") { above -= 1 }
        var block: [Substring] = []
        while above >= 0 {
            let line = lines[above].drop { $0 == " " }
            guard line.hasPrefix("///") else { break }
            block.insert(line.dropFirst(3), at: 0)
            above -= 1
        }
        return block.joined(separator: " ")
    }

    /// The names of the methods that the file's protocols ask for.
    var requirements: [String] {
        var inside = false
        return code.compactMap { line in
            let words = line.split { " (<".contains($0) }
            if words.contains("protocol") { inside = true }
            if line.hasPrefix("}") { inside = false }
            guard inside, let at = words.firstIndex(of: "func"), at + 1 < words.count else { return nil }
            return String(words[at + 1])
        }
    }
}
