import CrierMessages
import Synchronization
import Testing

@testable import CrierClient

@Suite("Files over the wire", .timeLimit(.minutes(10)))
struct FilesTests {
    let clock = ManualClock()
    let directory: TemporaryDirectory
    let content = sampleBytes(1_000_000)

    init() throws { directory = try TemporaryDirectory() }

    /// Runs `body` with every pause of the SDK skipped.
    private func withFiles(_ gateway: TestGateway, _ body: (Files) async throws -> Void) async throws {
        let link = try GatewayLink(gateway.configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in while !Task.isCancelled { await clock.skipSleep { $0 < .seconds(29) } } }
            try await body(Files(link, clock: clock, random: { 0.5 }))
            group.cancelAll()
        }
        await link.close()
    }

    @Test("An upload that breaks goes on where the gateway has it")
    func uploadResumes() async throws {
        try directory.write("up.bin", content)
        try await TestGateway.run { gateway in
            gateway.cutUploads(after: 300_000, 1)
            try await withFiles(gateway) { files in
                let info = try await files.upload("\(directory.path)/up.bin")
                #expect(info.name == "up.bin" && info.size == 1_000_000)
            }
            #expect(gateway.uploadOffsets.count == 3)
            #expect(gateway.uploadOffsets == gateway.uploadOffsets.sorted() && gateway.uploadOffsets[1] > 0)
        }
    }

    @Test("An empty file goes up and comes down")
    func empty() async throws {
        try directory.write("empty", [])
        try await TestGateway.run { gateway in
            try await withFiles(gateway) { files in
                let info = try await files.upload("\(directory.path)/empty", name: "nothing")
                try await files.download(info.fileID, to: "\(directory.path)/copy")
            }
        }
        #expect(directory.bytes("copy") == [])
    }

    @Test("A file that cannot be read or named is refused before anything is sent")
    func unreadable() async throws {
        try directory.write("up.bin", content)
        try await TestGateway.run { gateway in
            try await withFiles(gateway) { files in
                let missing = await #expect(throws: CrierClientError.self) {
                    try await files.upload("\(directory.path)/missing")
                }
                #expect(missing?.code == .io)
                let named = await #expect(throws: CrierClientError.self) {
                    try await files.upload("\(directory.path)/up.bin", name: "a/b")
                }
                #expect(named?.code == .invalidArgument)
            }
            #expect(gateway.uploadOffsets == [])
        }
    }

    @Test("A download that breaks goes on where it stopped, and leaves nothing but the file")
    func downloadResumes() async throws {
        try await TestGateway.run { gateway in
            gateway.add(content, name: "fw.bin")
            gateway.cutDownloads(after: 100_000, 200_000)
            try await withFiles(gateway) { files in
                let path = try await files.download("fw.bin", to: directory.path)
                #expect(path == "\(directory.path)/fw.bin")
            }
            #expect(gateway.downloadOffsets == [0, 100_000, 300_000])
        }
        #expect(directory.bytes("fw.bin") == content)
        #expect(directory.names() == ["fw.bin"])
    }

    @Test("A download that runs out of patience says that the gateway is away, and keeps what came")
    func downloadGivesUp() async throws {
        try await TestGateway.run { gateway in
            gateway.add(content, name: "fw.bin")
            gateway.cutDownloads(after: 100_000)
            try await withFiles(gateway) { files in
                let error = await #expect(throws: CrierClientError.self) {
                    try await files.download("fw.bin", to: directory.path, options: .init(patience: .zero))
                }
                #expect(error?.code == .unavailable)
                try await files.download("fw.bin", to: directory.path)
            }
            #expect(gateway.downloadOffsets.first == 0 && gateway.downloadOffsets.last ?? 0 > 0)
        }
        #expect(directory.bytes("fw.bin") == content)
    }

    @Test("An unknown file is NOT_FOUND and leaves nothing")
    func unknown() async throws {
        try await TestGateway.run { gateway in
            try await withFiles(gateway) { files in
                let error = await #expect(throws: CrierClientError.self) {
                    try await files.download("no such file", to: "\(directory.path)/x")
                }
                #expect(error?.code == .notFound)
            }
        }
        #expect(directory.names() == [])
    }

    @Test("A path is a directory when it is one or says so, else a name in one")
    func places() throws {
        func place(_ path: String) throws -> [String] {
            let place = try Files.Place(path, named: "own")
            return [place.directory, place.name.value]
        }
        #expect(try place(directory.path) == [directory.path, "own"])
        #expect(try place("new/") == ["new/", "own"])
        #expect(try place("a/b") == ["a", "b"])
        #expect(try place("b") == [".", "b"])
        #expect(try place("/b-that-is-not-there") == ["/", "b-that-is-not-there"])
        #expect(throws: CrierClientError.self) { try place("") }
    }
}
