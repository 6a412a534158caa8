import Testing

/// One idea a file, half a screen a function.
@Suite("Lengths")
struct LengthTests {
    private static let fileLines = 400
    private static let functionLines = 70
    private static let readmeLines = 120
    private static let scriptLines = 160
    private static let columns = 120

    /// Longer files, each with the reason why a cut would not help.
    private static let longFiles: [String: String] = [:]

    /// Longer functions, as "path name", each with the reason.
    private static let longFunctions: [String: String] = [:]

    @Test("A Swift file has at most 400 lines")
    func files() {
        for file in Repository.swiftFiles where Self.longFiles[file.path] == nil {
            #expect(file.lines.count - 1 <= Self.fileLines, "\(file.path): look for the second idea")
        }
    }

    @Test("A function has at most 70 lines")
    func functions() {
        for function in Repository.swiftFiles.flatMap(\.functions) {
            let name = "\(function.path) \(function.name)"
            guard Self.longFunctions[name] == nil else { continue }
            #expect(
                function.lines <= Self.functionLines, "\(name), line \(function.line): cut it where its subject changes"
            )
        }
    }

    @Test("A comment has at most 120 columns, which the formatter sees to for code only")
    func comments() {
        for file in Repository.swiftFiles {
            for (index, line) in file.lines.enumerated() where line.drop(while: { $0 == " " }).hasPrefix("//") {
                #expect(line.count <= Self.columns, "\(file.path), line \(index + 1)")
            }
        }
    }

    @Test("An exception that is no longer needed is taken off its list")
    func exceptions() {
        let long = Set(Repository.swiftFiles.filter { $0.lines.count - 1 > Self.fileLines }.map(\.path))
        let functions = Repository.swiftFiles.flatMap(\.functions).filter { $0.lines > Self.functionLines }
        #expect(Set(Self.longFiles.keys).isSubset(of: long))
        #expect(Set(Self.longFunctions.keys).isSubset(of: Set(functions.map { "\($0.path) \($0.name)" })))
    }

    @Test("The README has fewer than 120 lines, a script at most 160")
    func texts() {
        #expect(
            Repository.text(of: "README.md").split(separator: "\n", omittingEmptySubsequences: false).count - 1 < 120)
        for path in Repository.files(below: "scripts") {
            let lines = Repository.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines <= Self.scriptLines, "\(path)")
        }
    }
}
