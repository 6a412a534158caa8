/// A function, an initializer or a subscript with a body.
struct FunctionPlace: Sendable {
    let path: String
    /// Its first line, from 1.
    let line: Int
    let name: String
    /// From the line of its `func` to that of its closing brace.
    let lines: Int
}

extension SourceFile {
    /// Found by the house's indentation: a body ends at the first `}` that stands where its `func` stands.
    var functions: [FunctionPlace] {
        code.indices.compactMap { start in
            let line = code[start]
            guard let name = Self.functionName(line) else { return nil }
            if line.hasSuffix("}") { return FunctionPlace(path: path, line: start + 1, name: name, lines: 1) }
            let closing = String(line.prefix { $0 == " " }) + "}"
            let end = code[start...].dropFirst().firstIndex { $0.hasPrefix(closing) }
            return end.map { FunctionPlace(path: path, line: start + 1, name: name, lines: $0 - start + 1) }
        }
    }

    private static func functionName(_ line: String) -> String? {
        let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" || $0 == "[" }
        let modifiers: Set<Substring> = [
            "public", "internal", "package", "private", "fileprivate", "open", "static", "class", "final", "override",
            "mutating", "nonmutating", "consuming", "borrowing", "nonisolated", "isolated", "convenience", "required",
            "async", "prefix", "infix", "postfix",
        ]
        guard let keyword = words.first(where: { !modifiers.contains($0) && !$0.hasPrefix("@") }) else { return nil }
        switch keyword {
        case "func":
            if line.contains("func <") { return "<" }
            let after = words.drop { $0 != "func" }.dropFirst()
            return after.first.map(String.init)
        case "init", "subscript", "deinit": return line.contains("(") || line.contains("{") ? String(keyword) : nil
        default: return nil
        }
    }
}
