import CrierStorage
import Foundation
import Testing

@Suite("DataDirectory")
struct DataDirectoryTests {
    private let parent: TemporaryDirectory

    init() throws { parent = try TemporaryDirectory() }

    private func refusal(_ path: String) -> StorageError? {
        do throws(StorageError) {
            _ = try DataDirectory(opening: path)
            return nil
        } catch {
            return error
        }
    }

    @Test("A missing directory is made with its parents, for its owner only")
    func creation() throws {
        let path = parent.file("a/b/c")
        let directory = try DataDirectory(opening: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test("A second owner is refused as long as the first lives, and told who has it")
    func lock() throws {
        let path = parent.file("data")
        do {
            let first = try DataDirectory(opening: path)
            let error = refusal(path)
            #expect(error?.code == .inUse)
            #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
            _ = first.path
        }
        #expect(refusal(path) == nil)
    }

    @Test("A directory of a later format is refused, naming both formats")
    func newer() throws {
        let path = parent.file("data")
        _ = try DataDirectory(opening: path)
        try "crier 99\n".write(toFile: "\(path)/FORMAT", atomically: true, encoding: .utf8)
        let error = refusal(path)
        #expect(error?.code == .newer)
        #expect(error?.message.contains("99") == true)
    }

    @Test(
        "A directory with a FORMAT that cannot be read is refused as damaged",
        arguments: ["", "crier", "crier x\n", "other 1"])
    func damaged(_ text: String) throws {
        let path = parent.file("data")
        _ = try DataDirectory(opening: path)
        try text.write(toFile: "\(path)/FORMAT", atomically: true, encoding: .utf8)
        #expect(refusal(path)?.code == .damaged)
    }

    @Test("Somebody else's directory is left alone")
    func foreign() throws {
        try "mine".write(toFile: parent.file("thesis.txt"), atomically: true, encoding: .utf8)
        let error = refusal(parent.path)
        #expect(error?.code == .foreign)
        #expect(error?.message.contains("thesis.txt") == true)
        #expect(!FileManager.default.fileExists(atPath: parent.file("FORMAT")))
    }

    @Test("A file in the place of the directory is refused, naming the path")
    func file() throws {
        try "text".write(toFile: parent.file("data"), atomically: true, encoding: .utf8)
        #expect(refusal(parent.file("data"))?.code == .unavailable)
        #expect(refusal(parent.file("data/below"))?.message.contains("data") == true)
    }
}
