import CrierCodecs
import CrierCore
import CrierStorage
import Glibc
import NIOCore
import Testing

/// Checks the code of what `body` throws, and gives the message.
func refusal(
    _ code: FileStoreError.Code, _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async -> String {
    do {
        try await body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
    } catch let error as FileStoreError {
        #expect(error.code == code, sourceLocation: sourceLocation)
        return error.message
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return ""
}

@Suite("Files on disk")
struct DiskFileStoreTests {
    @Test("What goes up comes down", arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000])
    func roundTrip(_ count: Int) async throws {
        let harness = try await StoreHarness()
        let bytes = sample(count)
        let file = try await harness.store.put(bytes)
        #expect(file.digest == (try digest(of: bytes)))
        #expect(
            file.size == Int64(count) && file.name == "file.bin" && file.blockSize == 131_072 && file.nodes == ["n1"])
        #expect(try harness.store.contents(of: file.digest) == bytes)
    }

    @Test(
        "Every range in chunks of any size carries the checksum of its bytes",
        arguments: [4_096, 5_000, 65_536, 200_000])
    func ranges(_ chunkBytes: Int) async throws {
        let harness = try await StoreHarness()
        let bytes = sample(300_001)
        let file = try harness.store.open(try await harness.store.put(bytes).digest)
        for range in [
            0..<300_001, 1..<300_001, 65_535..<65_537, 65_536..<131_072, 299_999..<300_001, 7..<7, 100..<4_000,
        ] {
            let chunks = try file.prepare(Int64(range.lowerBound)..<Int64(range.upperBound), chunkBytes: chunkBytes)
            #expect(
                chunks.reduce(Int64(range.lowerBound)) { $0 == $1.offset ? $0 + Int64($1.count) : -1 }
                    == Int64(range.upperBound))
            for chunk in chunks {
                #expect(chunk.count <= chunkBytes)
                #expect(
                    chunk.crc32c == CRC32C.checksum(Array(bytes[Int(chunk.offset)..<(Int(chunk.offset) + chunk.count)]))
                )
            }
        }
    }

    @Test("What was seen in memory is prepared without a look at the disk, for a second")
    func preparedAtOnce() async throws {
        let window: Int64 = 4 << 20
        let harness = try await StoreHarness()
        let file = try harness.store.open(try await harness.store.put(sample(Int(window) + 100_000)).digest)
        #expect(file.preparedAtOnce(0..<window, chunkBytes: 262_144) == nil, "nobody has looked yet")

        let chunks = try file.prepare(0..<window, chunkBytes: 262_144)
        #expect(file.preparedAtOnce(0..<window, chunkBytes: 262_144) == chunks)
        #expect(file.preparedAtOnce(65_536..<131_072, chunkBytes: 65_536)?.count == 1)
        #expect(file.preparedAtOnce(0..<file.size, chunkBytes: 262_144) == nil, "the end was not looked at")
        // The end of the file is a window as well.
        let end = try file.prepare(window..<file.size, chunkBytes: 262_144)
        #expect(file.preparedAtOnce(0..<file.size, chunkBytes: 262_144) == chunks + end)

        // A part of a page has to be read for its checksum.
        #expect(file.preparedAtOnce(1..<window, chunkBytes: 262_144) == nil)
        #expect(file.preparedAtOnce(0..<100, chunkBytes: 262_144) == nil)
        #expect(file.preparedAtOnce(0..<window, chunkBytes: 32_768) == nil)

        harness.clock.advance(milliseconds: 1_000)
        #expect(file.preparedAtOnce(0..<window, chunkBytes: 262_144) == chunks)
        #expect(try file.prepare(0..<window, chunkBytes: 262_144) == chunks, "without a look: it does not count as one")
        harness.clock.advance(milliseconds: 1)
        #expect(file.preparedAtOnce(0..<window, chunkBytes: 262_144) == nil)
    }

    @Test("The block table holds the digest of every block")
    func blocks() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(300_000)
        let file = try harness.store.open(try await harness.store.put(bytes).digest)
        let pieces = [bytes[..<131_072], bytes[131_072..<262_144], bytes[262_144...]]
        #expect(file.blockDigests(0..<3) == (try pieces.flatMap { try digest(of: Array($0)).bytes }))
        #expect(file.blockDigests(1..<2) == (try digest(of: Array(pieces[1])).bytes))
    }

    @Test("Files, names and block tables outlive a restart")
    func restart() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(500_000)
        let before = try await harness.store.put(bytes)
        try await harness.restart()
        #expect(try harness.store.catalogue.description(of: FileID("file.bin")) == before)
        #expect(try harness.store.contents(of: before.digest) == bytes)
    }

    @Test("One content under two names is stored once; the bytes go with the last name")
    func deletionByName() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(70_000)
        let one = try await harness.store.put(bytes, id: "u1", name: "a")
        let two = try await harness.store.put(bytes, id: "u2", name: "b")
        #expect(one.digest == two.digest)
        #expect(harness.store.catalogue.totals.files == 1)

        _ = try await harness.store.delete(FileID("a"))
        #expect(try harness.store.contents(of: one.digest) == bytes)
        let reader = try harness.store.open(one.digest)
        _ = try await harness.store.delete(FileID("b"))
        #expect(await refusal(.notFound) { _ = try harness.store.open(one.digest) } != "")
        #expect(Array(try reader.read(reader.prepare(0..<70_000, chunkBytes: 1 << 20)[0]).readableBytesView) == bytes)
        try await harness.restart()
        #expect(harness.store.catalogue.list(prefix: "").isEmpty)
    }

    @Test("Deleting an id deletes all its names")
    func deletionByID() async throws {
        let harness = try await StoreHarness()
        let file = try await harness.store.put(sample(10), id: "u1", name: "a")
        try await harness.store.put(sample(10), id: "u2", name: "b")
        #expect(try await harness.store.delete(.content(file.digest)).digest == file.digest)
        _ = await refusal(.notFound) { _ = try harness.store.catalogue.description(of: FileID("a")) }
        _ = await refusal(.notFound) { _ = try await harness.store.delete(FileID("b")) }
    }

    @Test("A deleted file can be uploaded again under the same upload id")
    func uploadAfterDeletion() async throws {
        let harness = try await StoreHarness()
        let file = try await harness.store.put(sample(10))
        _ = try await harness.store.delete(FileID("file.bin"))
        #expect(try await harness.store.uploadProgress(of: UploadID("u1")) == UploadProgress(committed: 0))
        #expect(try await harness.store.put(sample(10)).digest == file.digest)
    }

    @Test("A second process in the same directory is refused")
    func lock() async throws {
        let harness = try await StoreHarness()
        let message = await refusal(.unavailable) { _ = try await StoreHarness(directory: harness.directory) }
        #expect(message.contains(harness.directory))
    }
}

@Suite("Damaged files")
struct DamagedFileTests {
    private func object(_ harness: StoreHarness, _ digest: ContentDigest) -> String {
        "\(harness.directory)/objects/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    @Test(
        "A byte that rots is never served: DATA_LOSS, and the file is out of service", arguments: [0, 65_536, 199_999])
    func rot(_ offset: Int) async throws {
        let harness = try await StoreHarness()
        let file = try await harness.store.put(sample(200_000))
        try corrupt(object(harness, file.digest), at: offset)
        try await harness.restart()
        _ = await refusal(.dataLoss) { _ = try harness.store.contents(of: file.digest) }
        _ = await refusal(.dataLoss) { _ = try harness.store.catalogue.description(of: FileID("file.bin")) }
        #expect(harness.store.catalogue.list(prefix: "").map(\.nodes) == [[]])
        #expect(access("\(harness.directory)/quarantine/\(file.digest.hex)", F_OK) == 0)
    }

    @Test("What was not proven is never prepared without a look at the disk")
    func unproven() async throws {
        let harness = try await StoreHarness()
        let file = try await harness.store.put(sample(200_000))
        try corrupt(object(harness, file.digest), at: 150_000)
        try await harness.restart()
        let open = try harness.store.open(file.digest)
        _ = try open.prepare(0..<65_536, chunkBytes: 65_536)
        _ = await refusal(.dataLoss) { _ = try open.prepare(0..<200_000, chunkBytes: 65_536) }
        #expect(open.preparedAtOnce(0..<65_536, chunkBytes: 65_536) == nil, "only a part of the window was seen")
        #expect(open.preparedAtOnce(0..<200_000, chunkBytes: 65_536) == nil)
    }

    @Test("What rots in another page does not stop a range that is whole")
    func otherPage() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(200_000)
        let file = try await harness.store.put(bytes)
        try corrupt(object(harness, file.digest), at: 150_000)
        try await harness.restart()
        let open = try harness.store.open(file.digest)
        let chunk = try open.prepare(10..<60_000, chunkBytes: 1 << 20)[0]
        #expect(Array(try open.read(chunk).readableBytesView) == Array(bytes[10..<60_000]))
    }

    @Test("A new upload of the same content heals it, and it stays healed")
    func healing() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(200_000)
        let file = try await harness.store.put(bytes)
        try corrupt(object(harness, file.digest), at: 1)
        try await harness.restart()
        _ = await refusal(.dataLoss) { _ = try harness.store.contents(of: file.digest) }
        try await harness.store.put(bytes, id: "again")
        #expect(try harness.store.contents(of: file.digest) == bytes)
        try await harness.restart()
        #expect(try harness.store.contents(of: file.digest) == bytes)
    }

    @Test("A reader of the damaged file does not take the healed one out of service")
    func lateReader() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(200_000)
        let file = try await harness.store.put(bytes)
        try corrupt(object(harness, file.digest), at: 150_000)
        try await harness.restart()
        let late = try harness.store.open(file.digest)
        _ = await refusal(.dataLoss) { _ = try harness.store.contents(of: file.digest) }
        try await harness.store.put(bytes, id: "again")
        _ = await refusal(.dataLoss) { _ = try late.prepare(0..<200_000, chunkBytes: 65_536) }
        #expect(try harness.store.contents(of: file.digest) == bytes)
    }

    @Test("A file that lost its end, or its table's truth, is not served after a restart")
    func truncation() async throws {
        let harness = try await StoreHarness()
        let one = try await harness.store.put(sample(200_000), id: "1", name: "1")
        let two = try await harness.store.put(sample(200_001), id: "2", name: "2")
        truncate(object(harness, one.digest), 199_999)
        try corrupt(object(harness, two.digest) + ".blocks", at: 100)
        try await harness.restart()
        _ = await refusal(.dataLoss) { _ = try harness.store.open(one.digest) }
        _ = await refusal(.dataLoss) { _ = try harness.store.open(two.digest) }
    }

    @Test("A missing table is made anew from bytes that are what their id says; other bytes are set aside")
    func missingTable() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(200_000)
        let good = try await harness.store.put(bytes, id: "1", name: "1")
        let bad = try await harness.store.put(sample(200_001), id: "2", name: "2")
        unlink(object(harness, good.digest) + ".blocks")
        unlink(object(harness, bad.digest) + ".blocks")
        try corrupt(object(harness, bad.digest), at: 5)
        try await harness.restart()
        #expect(try harness.store.contents(of: good.digest) == bytes)
        _ = await refusal(.dataLoss) { _ = try harness.store.open(bad.digest) }
    }

    @Test("Bytes that vanished are DATA_LOSS and not NOT_FOUND: they were acknowledged")
    func vanished() async throws {
        let harness = try await StoreHarness()
        let file = try await harness.store.put(sample(10))
        unlink(object(harness, file.digest))
        try await harness.restart()
        _ = await refusal(.dataLoss) { _ = try harness.store.catalogue.description(of: FileID("file.bin")) }
        #expect(try await harness.store.delete(FileID("file.bin")).size == 10)
        #expect(harness.store.catalogue.list(prefix: "").isEmpty)
    }
}
