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

    @Test("Every public declaration has a documentation comment")
    func publicDeclarations() {
        for file in Repository.sources where file.target != "crier" {
            for index in file.code.indices where Self.needsDocumentation(file.code[index]) {
                #expect(!file.documentation(above: index).isEmpty, "\(file.place(index))")
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

    private static func needsDocumentation(_ line: String) -> Bool {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix("public ") else { return false }
        // An initializer that takes each member is told by the members; a conformance's requirement by its protocol.
        let told = ["public import ", "public init(", "public init?(", "public static func ==", "public typealias "]
        let inherited = ["var description:", "func hash(into", "static func <", "var debugDescription:"]
        if told.contains(where: text.hasPrefix) || inherited.contains(where: text.contains) { return false }
        // A stored property whose name says it all needs no sentence that says it again.
        let stored = ["public let ", "public var ", "public private(set) var ", "public internal(set) var "]
        return !stored.contains(where: text.hasPrefix) || text.contains("{")
    }
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
}
