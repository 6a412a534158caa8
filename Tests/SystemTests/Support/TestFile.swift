import Foundation
import Testing

/// A file of random bytes: nothing on its way can compress it or guess it.
struct TestFile: Sendable {
    let name: String
    let path: String
    let size: Int
    let digest: String

    /// What the gateway must call it.
    var id: String { "sha256:\(digest)" }

    /// Makes the file in the scenario's directory.
    init(_ scenario: Scenario, _ name: String, megabytes: Int) async throws {
        try await self.init(scenario, name, bytes: megabytes << 20)
    }

    init(_ scenario: Scenario, _ name: String, bytes: Int) async throws {
        self.name = name
        path = scenario.path(name)
        size = bytes
        let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
        try (random.read(upToCount: bytes) ?? Data()).write(to: URL(filePath: path))
        // Not with our own digest: it is what is tested.
        let line = try await scenario.succeed("sha256sum", [path]).first
        digest = try String(#require(line?.split(separator: " ").first))
    }

    func isSame(as other: String) -> Bool {
        FileManager.default.contentsEqual(atPath: path, andPath: other)
    }
}

/// Bytes of a file; nil when there is none.
func fileSize(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
}
