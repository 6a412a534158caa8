import CrierClient
import Crypto
import FoundationEssentials
import Testing

@testable import crier

@Suite("Programs for files", .timeLimit(.minutes(10)))
struct FileHandlerTests {
    private func handle(_ script: String) async throws -> AgentConfiguration.Handling {
        let path = FileManager.default.temporaryDirectory.appending(path: "handler-\(UInt64.random(in: 0 ... .max)).sh")
            .path
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let digest = ContentDigest(SHA256.hash(data: [UInt8]()))
        let order = try PullOrder(
            fileID: digest.fileID,
            name: SafeFileName("a file"),
            size: 0,
            digest: digest,
            messageID: "m1"
        )
        while true {
            let handling = await FileHandler(program: path).handle(.init(path: "/tmp/a file", order: order))
            // A process that another test has just forked may still hold the script open, as it was while it was
            // written.
            guard case .failed(let reason) = handling, reason.contains("Text file busy") else { return handling }
            await Task.yield()
        }
    }

    @Test("Exit status 0 is INSTALLED; the program gets the path and knows the file")
    func installed() async throws {
        let script = #"[ "$1" = "/tmp/a file" ] && [ "$CRIER_FILE_NAME" = "a file" ] && [ "$CRIER_MESSAGE_ID" = m1 ]"#
        #expect(try await handle(script) == .installed)
    }

    @Test("Any other end is FAILED, and says how it ended")
    func failed() async throws {
        guard case .failed(let status) = try await handle("exit 3") else { throw Unexpected() }
        #expect(status.hasSuffix("exit status 3"))
        guard case .failed(let signal) = try await handle("kill -9 $$") else { throw Unexpected() }
        #expect(signal.hasSuffix("ended by signal 9"))
    }

    @Test("A program that cannot be run is FAILED")
    func missing() async throws {
        let digest = ContentDigest(SHA256.hash(data: [UInt8]()))
        let order = try PullOrder(fileID: "", name: SafeFileName("f"), size: 0, digest: digest)
        let handling = await FileHandler(program: "/no/such/program").handle(.init(path: "/f", order: order))
        guard case .failed(let reason) = handling else { throw Unexpected() }
        #expect(reason.hasPrefix("/no/such/program: "))
    }

    @Test("An agent that leaves ends the program")
    func cancelled() async throws {
        await withTaskGroup(of: AgentConfiguration.Handling?.self) { group in
            group.addTask { try? await self.handle("exec sleep 1000") }
            group.cancelAll()
            #expect(await group.next() != .installed)
        }
    }

    private struct Unexpected: Error {}
}
