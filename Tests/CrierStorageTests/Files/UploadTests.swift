import CrierCodecs
import CrierCore
import CrierStorage
import Glibc
import NIOCore
import Testing

@Suite("Uploads")
struct UploadTests {
    static let mebibyte = 1 << 20

    @Test("Content is committed at least every 8 MiB")
    func commitByBytes() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(9 * Self.mebibyte)
        let upload = try await harness.store.begin(beginning(bytes))
        try await upload.append(bytes, from: 0, upTo: bytes.count - 1)
        try await harness.restart()
        let committed = try await harness.store.uploadProgress(of: UploadID("u1")).committed
        #expect(committed >= 8 * Int64(Self.mebibyte) && committed < Int64(bytes.count))
    }

    @Test("Content is committed with the first chunk after a second")
    func commitByTime() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(300_000)
        let upload = try await harness.store.begin(beginning(bytes))
        try await upload.append(bytes, from: 0, upTo: 100_000)
        harness.clock.advance(milliseconds: 1_000)
        try await upload.append(bytes, from: 100_000, upTo: 200_000)
        try await harness.restart()
        #expect(try await harness.store.uploadProgress(of: UploadID("u1")).committed == 200_000)
    }

    @Test("An upload goes on where it was committed, after a restart too", arguments: [false, true])
    func resume(_ withRestart: Bool) async throws {
        let harness = try await StoreHarness()
        let bytes = sample(700_000)
        let announced = try digest(of: bytes)
        let upload = try await harness.store.begin(beginning(bytes, announced: announced))
        try await upload.append(bytes, from: 0, upTo: 400_000)
        await upload.suspend()
        if withRestart { try await harness.restart() }
        let committed = try await harness.store.uploadProgress(of: UploadID("u1")).committed
        #expect(committed == 400_000)
        let second = try await harness.store.begin(beginning(bytes, offset: committed, announced: announced))
        try await second.append(bytes, from: 400_000, upTo: 700_000)
        let file = try await second.finish()
        #expect(file.digest == announced)
        #expect(try harness.store.contents(of: announced) == bytes)
    }

    @Test("Bytes of the part beyond what was committed are not believed")
    func tailIsCut() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(300_000)
        let upload = try await harness.store.begin(beginning(bytes))
        try await upload.append(bytes, from: 0, upTo: 100_000)
        #expect(try await harness.store.uploadProgress(of: UploadID("u1")).committed == 100_000)
        try await upload.append(sample(100_000, seed: 9), from: 0, upTo: 0)
        try await upload.append(ByteBuffer(bytes: sample(50_000, seed: 9)), at: 100_000, crc32c: nil)
        try await harness.restart()
        let second = try await harness.store.begin(beginning(bytes, offset: 100_000))
        try await second.append(bytes, from: 100_000, upTo: 300_000)
        #expect(try await second.finish().digest == (try digest(of: bytes)))
    }

    @Test("An upload goes on at its committed offset only, and its chunks follow each other")
    func wrongOffset() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(300_000)
        #expect(
            await refusal(.failedPrecondition) { _ = try await harness.store.begin(beginning(bytes, offset: 5)) }
                .contains("0"))
        let upload = try await harness.store.begin(beginning(bytes))
        try await upload.append(bytes, from: 0, upTo: 100_000)
        let message = await refusal(.invalidArgument) {
            try await upload.append(ByteBuffer(bytes: [1]), at: 99_999, crc32c: nil)
        }
        #expect(message.hasPrefix("chunk.offset \"99999\"") && message.contains("100000"))
        await upload.suspend()
        #expect(
            await refusal(.failedPrecondition) { _ = try await harness.store.begin(beginning(bytes)) }
                .contains("100000"))
    }

    @Test("Too many bytes, too few bytes and another digest are INVALID_ARGUMENT")
    func wrongSizeOrDigest() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(100)
        let upload = try await harness.store.begin(beginning(bytes, announced: digest(of: sample(100, seed: 2))))
        #expect(
            await refusal(.invalidArgument) {
                try await upload.append(ByteBuffer(bytes: sample(101)), at: 0, crc32c: nil)
            }
            .hasPrefix("size"))
        try await upload.append(bytes, from: 0, upTo: 50)
        #expect(await refusal(.invalidArgument) { _ = try await upload.finish() }.contains("50"))
        try await upload.append(ByteBuffer(bytes: bytes[50...]), at: 50, crc32c: nil)
        #expect(await refusal(.invalidArgument) { _ = try await upload.finish() }.hasPrefix("sha256"))
        // Going on would never succeed: it begins again.
        #expect(try await harness.store.uploadProgress(of: UploadID("u1")).committed == 0)
        #expect(harness.store.catalogue.list(prefix: "").isEmpty)
    }

    @Test("A chunk with a wrong checksum is DATA_LOSS, and the upload goes on with the right one")
    func wrongChecksum() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(100)
        let upload = try await harness.store.begin(beginning(bytes))
        let right = CRC32C.checksum(bytes)
        _ = await refusal(.dataLoss) { try await upload.append(ByteBuffer(bytes: bytes), at: 0, crc32c: right ^ 1) }
        try await upload.append(ByteBuffer(bytes: bytes), at: 0, crc32c: right)
        #expect(try await upload.finish().size == 100)
    }

    @Test("A finished upload sent again is answered at once, also after a restart")
    func again() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(1_000)
        let announced = try digest(of: bytes)
        let file = try await harness.store.put(bytes)
        for _ in 0..<2 {
            guard case .complete(let same) = try await harness.store.beginUpload(beginning(bytes, announced: announced))
            else {
                Issue.record("the upload began again")
                return
            }
            #expect(same == file)
            #expect(try await harness.store.uploadProgress(of: UploadID("u1")).file == file)
            try await harness.restart()
        }
    }

    @Test("An old file uploaded again under its name is the newest one again")
    func putBack() async throws {
        let harness = try await StoreHarness()
        let (old, new) = (sample(1_000), sample(1_000, seed: 2))
        let first = try await harness.store.put(old, id: "old")
        try await harness.store.put(new, id: "new")
        #expect(try await harness.store.uploadProgress(of: UploadID("old")) == UploadProgress(committed: 1_000))
        let again = try await harness.store.beginUpload(
            beginning(old, id: "old", offset: 1_000, announced: digest(of: old))
        )
        guard case .complete(let file) = again else {
            Issue.record("the bytes were asked for again")
            return
        }
        #expect(file.digest == first.digest)
        #expect(try harness.store.catalogue.description(of: FileID("file.bin")).digest == first.digest)
    }

    @Test("An upload id cannot be used for another file")
    func otherFile() async throws {
        let harness = try await StoreHarness()
        _ = try await harness.store.begin(beginning(sample(100)))
        for other in [try beginning(sample(101)), try beginning(sample(100), name: "other")] {
            #expect(await refusal(.invalidArgument) { _ = try await harness.store.begin(other) }.hasPrefix("upload_id"))
        }
    }

    @Test("The newest stream takes an upload over; the older one is ABORTED and does no harm")
    func takeOver() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(300_000)
        let old = try await harness.store.begin(beginning(bytes))
        try await old.append(bytes, from: 0, upTo: 100_000)
        let committed = try await harness.store.uploadProgress(of: UploadID("u1")).committed
        let new = try await harness.store.begin(beginning(bytes, offset: committed))
        _ = await refusal(.aborted) { try await old.append(bytes, from: 100_000, upTo: 200_000) }
        _ = await refusal(.aborted) { _ = try await old.finish() }
        await old.suspend()
        try await new.append(bytes, from: 100_000, upTo: 300_000)
        #expect(try await new.finish().digest == (try digest(of: bytes)))
    }

    @Test("Many uploads of one content at the same time make one file")
    func concurrent() async throws {
        let harness = try await StoreHarness()
        let (store, bytes) = (harness.store, sample(500_000))
        try await withThrowingTaskGroup(of: FileDescription.self) { group in
            for number in 0..<8 {
                group.addTask { try await store.put(bytes, id: "u\(number)", name: "name-\(number)") }
            }
            for try await file in group { #expect(file.size == 500_000) }
        }
        #expect(store.catalogue.totals.files == 1)
        #expect(store.catalogue.list(prefix: "name-").count == 8)
        #expect(try store.contents(of: digest(of: bytes)) == bytes)
    }

    @Test("Deleting and uploading the same content at the same time never leaves a name without bytes")
    func deletionRace() async throws {
        let harness = try await StoreHarness()
        let (store, bytes) = (harness.store, sample(1_000))
        let id = FileID.content(try digest(of: bytes))
        for round in 0..<20 {
            async let uploaded = store.put(bytes, id: "u\(round)")
            _ = try? await store.delete(id)
            _ = try await uploaded
            if let file = try? store.catalogue.description(of: FileID("file.bin")) {
                #expect(try store.contents(of: file.digest) == bytes)
            }
        }
    }

    @Test("A crash between the bytes' place and their name is put right at the start")
    func namedAtStart() async throws {
        let harness = try await StoreHarness()
        let bytes = sample(1_000)
        let file = try await harness.store.put(bytes)
        // The state of such a crash: all is there but the name and the upload's end.
        try await harness.names.delete(StoreKey(StoreNamespace("_files"), "file.bin"))
        let journals = "\(harness.directory)/uploads"
        try rewritePhase(journals, to: 1)
        try await harness.restart()
        #expect(try harness.store.catalogue.description(of: FileID("file.bin")).digest == file.digest)
        #expect(try await harness.store.uploadProgress(of: UploadID("u1")).file?.digest == file.digest)
    }

    @Test("Abandoned uploads are removed after three days, and what goes on is kept")
    func expiry() async throws {
        let harness = try await StoreHarness()
        let upload = try await harness.store.begin(beginning(sample(300_000), id: "old"))
        try await upload.append(sample(300_000), from: 0, upTo: 100_000)
        try await harness.restart()
        harness.clock.advance(milliseconds: 73 * 3_600 * 1_000)
        _ = try await harness.store.begin(beginning(sample(10), id: "new"))
        #expect(try await harness.store.uploadProgress(of: UploadID("old")).committed == 0)
        #expect(try listing("\(harness.directory)/uploads").filter { $0.hasSuffix(".part") }.count == 1)
    }

    @Test("A damaged record begins the upload again instead of believing it")
    func damagedJournal() async throws {
        let harness = try await StoreHarness()
        let upload = try await harness.store.begin(beginning(sample(300_000)))
        try await upload.append(sample(300_000), from: 0, upTo: 100_000)
        await upload.suspend()
        let journal = try #require(try listing("\(harness.directory)/uploads").first { $0.hasSuffix(".journal") })
        try corrupt("\(harness.directory)/uploads/\(journal)", at: 50)
        try await harness.restart()
        #expect(try await harness.store.uploadProgress(of: UploadID("u1")).committed == 0)
        try await harness.store.put(sample(300_000))
    }

    /// Changes the phase of every journal, and its checksum.
    private func rewritePhase(_ directory: String, to phase: UInt8) throws {
        for name in try listing(directory) where name.hasSuffix(".journal") {
            let path = "\(directory)/\(name)"
            let file = Glibc.open(path, O_RDWR)
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            bytes.removeLast(bytes.count - read(file, &bytes, bytes.count))
            bytes[4] = phase
            let checksum = CRC32C.checksum(Array(bytes.dropLast(4)))
            for index in 0..<4 {
                bytes[bytes.count - 4 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index))
            }
            try #require(pwrite(file, bytes, bytes.count, 0) == bytes.count)
        }
    }
}

func listing(_ path: String) throws -> [String] {
    let directory = try #require(opendir(path))
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    return names
}
