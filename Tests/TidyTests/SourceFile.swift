import Testing

/// A Swift file, in lines.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// Relative to the repository.
    let path: String
    /// As they stand in the file; line 1 is at index 0.
    let lines: [String]
    /// The same lines without their `//` comments.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = lines.map(Self.withoutComment)
    }

    var testDescription: String { path }

    /// The folder below `Sources` or `Tests`: SwiftPM's target.
    var target: String { String(path.split(separator: "/")[1]) }

    /// The modules that the file imports, with their line numbers.
    var imports: [(line: Int, module: String)] {
        code.enumerated()
            .compactMap { index, line in
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "import"), at + 1 < words.count else { return nil }
                let modifiers: Set<Substring> = ["public", "internal", "package", "private", "fileprivate"]
                guard words[..<at].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) }) else { return nil }
                let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
                let name = kinds.contains(words[at + 1]) ? words[at + 2] : words[at + 1]
                return (index + 1, String(name.prefix { $0 != "." }))
            }
    }

    /// "path:line: text" of every line of code that contains one of `words`.
    func places(of words: [String]) -> [String] {
        code.enumerated()
            .compactMap { index, line in
                words.contains { line.contains($0) } ? place(index) : nil
            }
    }

    func place(_ index: Int) -> String {
        "\(path):\(index + 1): \(lines[index].drop { $0 == " " })"
    }

    /// Cuts at the first `//` that is not inside a string literal.
    private static func withoutComment(_ line: String) -> String {
        var quoted = false
        var previous: UInt8 = 0
        for (offset, byte) in line.utf8.enumerated() {
            if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") { quoted.toggle() }
            if byte == UInt8(ascii: "/"), previous == byte, !quoted {
                return String(line.utf8.prefix(offset - 1)) ?? line
            }
            previous = byte
        }
        return line
    }
}
