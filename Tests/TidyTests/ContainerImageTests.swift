import Testing

/// What can be said of the image without building it.
@Suite("Container image")
struct ContainerImageTests {
    @Test("The Dockerfile copies the folders of all targets: SwiftPM wants every one of them, whatever is built")
    func copiesAllTargets() throws {
        let copied = Repository.text(of: "docker/Dockerfile").split(separator: "\n")
            .filter { $0.hasPrefix("COPY ") && !$0.contains("--from=") }
            .flatMap { $0.split(separator: " ").dropFirst().dropLast() }
        for path in try PackageGraph.load().customPaths + ["Sources", "Tests"] {
            #expect(copied.contains { path == $0 || path.hasPrefix("\($0)/") }, "\(path) is not copied")
        }
    }
}
