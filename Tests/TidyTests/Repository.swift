import Foundation

/// The files that these tests read: the ones beside them, found from the place of this file.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file below `Sources` and `Tests`, in the order of their paths.
    static let swiftFiles: [SourceFile] = (files(below: "Sources") + files(below: "Tests"))
        .filter { $0.hasSuffix(".swift") }
        .map { SourceFile(path: $0, text: text(of: $0)) }

    static var sources: [SourceFile] { swiftFiles.filter { $0.path.hasPrefix("Sources/") } }
    static var tests: [SourceFile] { swiftFiles.filter { $0.path.hasPrefix("Tests/") } }

    /// The paths, relative to the repository, of the regular files below a folder. Hidden ones are left out.
    static func files(below folder: String) -> [String] {
        let start = root.appending(path: folder)
        let walk = FileManager.default.enumerator(
            at: start, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles]
        )
        let urls = walk?.compactMap { $0 as? URL } ?? []
        return urls.filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
            .map { folder + $0.standardizedFileURL.path.dropFirst(start.standardizedFileURL.path.count) }
            .sorted()
    }

    /// A file's text; empty when there is none, or when it is no UTF-8.
    static func text(of path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }
}
