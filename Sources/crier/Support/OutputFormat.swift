import ArgumentParser
import FoundationEssentials

/// How a command that lists things prints them.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// The `--output` of commands that list things.
struct OutputOptions: ParsableArguments {
    @Option(help: "How to print: text for people, json for programs.")
    var output: OutputFormat = .text
}

extension Output {
    /// One line of JSON, keys sorted.
    static func json(_ value: some Encodable) throws { line(try jsonText(value)) }

    /// The same, not printed.
    static func jsonText(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Columns as wide as their widest cell; the last is not padded.
    static func table(_ rows: [[String]]) {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        for row in rows {
            let cells = row.enumerated()
                .map { column, cell in
                    column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
                }
            line(cells.joined(separator: "  "))
        }
    }
}
