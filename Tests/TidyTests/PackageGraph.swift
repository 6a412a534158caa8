import Foundation

/// The targets of `Package.swift` with the modules that each declares to need.
///
/// SwiftPM evaluates the manifest. It does so with a scratch path of its own: the one of the running `swift test` is
/// locked, and waiting for it here would wait for ourselves.
struct PackageGraph: Sendable {
    /// Target to the modules that it may import.
    let modules: [String: Set<String>]
    /// Where targets are that are not in the folder of their name below `Sources` or `Tests`.
    let customPaths: [String]

    static func load() throws -> PackageGraph {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "crier-tidy-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        var environment = ProcessInfo.processInfo.environment
        environment["CRIER_ONLY"] = nil  // it would leave targets out
        let output = try Command.run(
            ["swift", "package", "--scratch-path", scratch.path, "dump-package"], environment: environment
        )
        return try PackageGraph(manifest: JSONDecoder().decode(Manifest.self, from: output))
    }

    private init(manifest: Manifest) {
        modules = Dictionary(
            manifest.targets.map { ($0.name, Set($0.dependencies.compactMap(\.name).flatMap(Self.modules(of:)))) },
            uniquingKeysWith: { $0.union($1) }
        )
        customPaths = manifest.targets.compactMap(\.path)
    }

    /// What a product brings: one module of its own name, but for those listed.
    private static func modules(of product: String) -> [String] {
        switch product {
        case "Metrics": ["Metrics", "CoreMetrics"]
        case "Hummingbird": ["Hummingbird", "HummingbirdCore"]
        default: [product]
        }
    }
}

/// The part of `swift package dump-package` that matters here.
private struct Manifest: Decodable {
    let targets: [Target]

    struct Target: Decodable {
        let name: String
        let path: String?
        let dependencies: [Dependency]
    }

    /// `{"product": [name, package, …]}` or `{"byName": [name, …]}` or `{"target": [name, …]}`.
    struct Dependency: Decodable {
        let name: String?

        init(from decoder: any Decoder) throws {
            let kinds = try decoder.singleValueContainer().decode([String: [Element]].self)
            name = kinds.values.first?.first?.text
        }
    }

    /// Names, and the nulls and conditions that stand between them.
    struct Element: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }
}
