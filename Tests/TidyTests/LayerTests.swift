import Testing

/// Who may know whom. SwiftPM lets a target import what another target declared; this does not.
@Suite("Layers")
struct LayerTests {
    /// Modules of the toolchain that any target may import.
    private static let toolchain: Set<String> = ["Swift", "Synchronization", "Glibc", "Darwin", "Musl", "Dispatch"]

    /// Foundation costs start-up time and memory, and brings files and sockets: the program's outermost parts only.
    private static let mayUseFoundation: Set<String> = ["CrierServices", "crier"]

    /// Files elsewhere that need a part of it, with the reason.
    private static let foundationExceptions: [String: Set<String>] = [
        // `Codable` values travel as JSON, and the toolchain's only coder is here.
        "Sources/CrierClient/KeyValue/KeyValue+JSON.swift": ["FoundationEssentials"]
    ]

    /// The modules of this package that a target may import: the house's floors.
    private static let floors: [String: Set<String>] = [
        "CrierCodecs": ["CCrierCodecs"],
        "CrierHTTP2": ["CNGHTTP2", "CLinux"],
        "CrierGRPC": ["CrierHTTP2", "CrierCodecs"],
        "CrierMessages": ["CCrierMessages"],
        "CrierCore": [],
        "CrierStorage": ["CrierCore", "CrierCodecs", "CrierGRPC", "CrierMessages", "CSQLite", "CLinux"],
        "CrierServices": ["CrierCore", "CrierGRPC", "CrierMessages", "CrierCodecs"],
        "CrierClient": ["CrierGRPC", "CrierMessages", "CrierCodecs", "CLinux"],
        "crier": [
            "CrierCore", "CrierStorage", "CrierServices", "CrierClient", "CrierGRPC", "CrierHTTP2", "CrierMessages",
            "CrierCodecs", "CLinux",
        ],
    ]

    private let graph: PackageGraph

    init() throws {
        graph = try PackageGraph.load()
    }

    @Test("A file imports only what its target declares in Package.swift")
    func importsAreDeclared() throws {
        for file in Repository.swiftFiles {
            let declared = try #require(graph.modules[file.target], "\(file.path) belongs to no target")
            let allowed = declared.union(Self.toolchain).union(extras(of: file))
            for (line, module) in file.imports where !allowed.contains(module) {
                Issue.record("\(file.path):\(line): \(module) is no declared dependency of \(file.target)")
            }
        }
    }

    @Test("Package.swift declares nothing that no file imports")
    func declarationsAreUsed() {
        let imported = Dictionary(grouping: Repository.sources, by: \.target)
            .mapValues { Set($0.flatMap { $0.imports.map(\.module) }) }
        for (target, modules) in imported {
            let declared = (graph.modules[target] ?? []).subtracting(["CoreMetrics", "HummingbirdCore"])
            for module in declared.subtracting(modules).sorted() {
                Issue.record("\(target) declares \(module), and none of its files imports it")
            }
        }
    }

    @Test("A target names only targets of the floors below it")
    func floorsHold() throws {
        let ours = Set(graph.modules.keys)
        for (target, allowed) in Self.floors {
            let declared = try #require(graph.modules[target], "\(target) is not in Package.swift")
            let wrong = declared.intersection(ours).subtracting(allowed)
            #expect(wrong.isEmpty, "\(target) must not know \(wrong.sorted().joined(separator: ", "))")
        }
    }

    @Test("The core has no sockets, no disk and no protobuf")
    func coreIsPure() {
        let pure: Set<String> = ["NIOCore", "Logging", "Metrics", "CoreMetrics", "Synchronization"]
        for file in Repository.sources where file.target == "CrierCore" {
            // The one thing that the core needs of the C library is the time of day.
            let allowed = file.path.hasSuffix("/WallClock.swift") ? pure.union(["Glibc", "Darwin"]) : pure
            for (line, module) in file.imports where !allowed.contains(module) {
                Issue.record("\(file.path):\(line): the core may not import \(module)")
            }
        }
    }

    private func extras(of file: SourceFile) -> Set<String> {
        if file.path.hasPrefix("Tests/") { return ["Testing", "Foundation", "FoundationEssentials"] }
        if let exception = Self.foundationExceptions[file.path] { return exception }
        return Self.mayUseFoundation.contains(file.target) ? ["Foundation", "FoundationEssentials"] : []
    }
}
