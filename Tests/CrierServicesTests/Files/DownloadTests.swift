import CrierCodecs
import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import CrierStorage
import Foundation
import NIOCore
import Testing

@Suite("Downloading")
struct DownloadTests {
    /// Consecutive, numbered and checked chunks that are the bytes of the range.
    private func check(
        _ chunks: [FileChunk], _ bytes: [UInt8], _ range: Range<Int>, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var place = Int64(range.lowerBound)
        for (number, chunk) in chunks.enumerated() {
            #expect(chunk.sequence == Int32(number), sourceLocation: sourceLocation)
            #expect(chunk.offset == place, sourceLocation: sourceLocation)
            #expect(chunk.isLast == (number == chunks.count - 1), sourceLocation: sourceLocation)
            #expect((chunk.info != nil) == (number == 0), sourceLocation: sourceLocation)
            #expect(chunk.crc32c == CRC32C.checksum(try plain(chunk)), sourceLocation: sourceLocation)
            place += Int64(try plain(chunk).count)
        }
        #expect(try chunks.flatMap(plain) == Array(bytes[range]), sourceLocation: sourceLocation)
    }

    private func plain(_ chunk: FileChunk) throws -> [UInt8] {
        guard chunk.compression == .zstd else { return chunk.content }
        var decompressor = try ZstdDecompressor()
        return try chunk.content.withUnsafeBytes { try decompressor.decompress($0, limit: Int(chunk.rawSize)) }
    }

    @Test("A file comes whole, by id and by name, in chunks that say what they are")
    func whole() async throws {
        try await FileServer.run { server in
            let bytes = noise(9_000_001)
            let info = try await server.put(bytes)
            // The second finds in memory what the first has brought there.
            for id in [info.fileID, "file.bin"] {
                let (chunks, refusal) = try await server.download(FileRequest(fileID: id))
                #expect(refusal == nil)
                try check(chunks, bytes, 0..<bytes.count)
                #expect(chunks.first?.info == info)
                #expect(chunks.count == 35)
            }
        }
    }

    @Test(
        "Any range comes, and what is beyond the end is cut off", arguments: [0, 4_096, 65_536, 1 << 20, 100, 1 << 30])
    func ranges(_ chunkBytes: Int32) async throws {
        try await FileServer.run { server in
            let bytes = noise(700_001)
            try await server.put(bytes)
            for (offset, length, end) in [
                (1, 1, 2), (262_143, 3, 262_146), (65_535, 2, 65_537), (100_000, 0, 700_001), (700_000, 0, 700_001),
                (699_990, 100, 700_001), (5, Int64.max, 700_001),
            ] as [(Int64, Int64, Int)] {
                let request = FileRequest(fileID: "file.bin", offset: offset, length: length, maxChunkBytes: chunkBytes)
                let (chunks, refusal) = try await server.download(request)
                #expect(refusal == nil)
                try check(chunks, bytes, Int(offset)..<end)
                let most = chunkBytes == 0 ? 256 << 10 : min(max(Int(chunkBytes), 4_096), 1 << 20)
                #expect(chunks.allSatisfy { $0.content.count <= most })
            }
        }
    }

    @Test("At the end of a file, and of an empty one, comes one empty last chunk")
    func end() async throws {
        try await FileServer.run { server in
            try await server.put(noise(10))
            try await server.put([], name: "empty", id: "u2")
            for (id, offset) in [("file.bin", 10), ("empty", 0)] as [(String, Int64)] {
                let (chunks, refusal) = try await server.download(FileRequest(fileID: id, offset: offset))
                #expect(refusal == nil && chunks.count == 1)
                #expect(chunks.first?.isLast == true && chunks.first?.content == [] && chunks.first?.offset == offset)
                #expect(chunks.first?.info != nil)
            }
        }
    }

    @Test("The first contract's clients get their plain stream under the bare name")
    func firstContract() async throws {
        try await FileServer.run { server in
            let bytes = noise(1_000_000)
            try await server.put(bytes)
            let (chunks, refusal) = try await server.collect(
                "DownloadFile", FileRequest(fileID: "file.bin"), as: FileChunk.self, service: "FileService"
            )
            #expect(refusal == nil)
            try check(chunks, bytes, 0..<bytes.count)
            #expect(chunks.allSatisfy { $0.compression == .identity })
        }
    }

    @Test("What is asked wrongly is refused by name")
    func refusals() async throws {
        try await FileServer.run { server in
            let info = try await server.put(noise(10))
            let other = [UInt8](repeating: 1, count: 32)
            let cases: [(FileRequest, GRPCStatus.Code, String)] = [
                (FileRequest(fileID: "file.bin", offset: -1), .invalidArgument, "offset"),
                (FileRequest(fileID: "file.bin", length: -1), .invalidArgument, "length"),
                (FileRequest(fileID: "file.bin", maxBytesPerSecond: -1), .invalidArgument, "max_bytes_per_second"),
                (FileRequest(fileID: "file.bin", ifSHA256: [1]), .invalidArgument, "if_sha256"),
                (FileRequest(fileID: "file.bin", offset: 11), .outOfRange, "10"),
                (FileRequest(fileID: "file.bin", offset: .max, length: .max), .outOfRange, "10"),
                (
                    FileRequest(fileID: "file.bin", ifSHA256: other), .failedPrecondition,
                    String(info.fileID.dropFirst(7))
                ),
                (FileRequest(fileID: ""), .invalidArgument, "file_id"),
                (FileRequest(fileID: "../../etc/passwd"), .invalidArgument, "file_id"),
                (FileRequest(fileID: "/etc/passwd"), .invalidArgument, "file_id"),
                (FileRequest(fileID: "sha256:00"), .invalidArgument, "file_id"),
                (FileRequest(fileID: "unknown"), .notFound, "unknown"),
                (FileRequest(fileID: "sha256:" + String(repeating: "0", count: 64)), .notFound, "file_id"),
            ]
            for (request, code, text) in cases {
                for method in ["DownloadFile", "GetFile", "GetFileBlocks"] {
                    let (chunks, refusal) = try await server.collect(method, request, as: FileChunk.self)
                    #expect(chunks.isEmpty && refusal?.code == code, "\(method) \(request)")
                    #expect(refusal?.message.contains(text) == true, "\(refusal?.message ?? "")")
                }
            }
        }
    }

    @Test("One request a call: none and two are refused")
    func oneRequest() async throws {
        try await FileServer.run { server in
            try await server.put(noise(1_000_000))
            for count in [0, 2] {
                let stream = server.channel.open("crier.v1.FileService/DownloadFile")
                // So slow that the first is not answered when the second comes.
                let request = FileRequest(fileID: "file.bin", maxBytesPerSecond: 4_096)
                for _ in 0..<count { try? await stream.send(request.framed) }
                stream.finishSending()
                let status = try await refusal { while try await stream.next() != nil {} }
                #expect(status.code == .invalidArgument)
            }
        }
    }

    @Test("Chunks that shrink come as zstd frames of their own; those that do not come as they are")
    func compression() async throws {
        try await FileServer.run { server in
            let text = Array((0..<60_000).map { "line \($0) of a text that repeats itself\n" }.joined().utf8)
            try await server.put(text)
            let (chunks, refusal) = try await server.download(
                FileRequest(fileID: "file.bin", offset: 7, accept: [.zstd]))
            #expect(refusal == nil)
            try check(chunks, text, 7..<text.count)
            #expect(chunks.allSatisfy { $0.compression == .zstd })
            #expect(chunks.reduce(0) { $0 + $1.content.count } < text.count / 3)

            let random = noise(9_000_000)
            try await server.put(random, name: "random", id: "u2")
            let (others, otherRefusal) = try await server.download(FileRequest(fileID: "random", accept: [.zstd]))
            #expect(otherRefusal == nil)
            try check(others, random, 0..<random.count)
            #expect(others.allSatisfy { $0.compression == .identity && $0.rawSize == 0 })

            // Compressing is tried again where the bytes change their nature.
            let mixed = random + text + text
            try await server.put(mixed, name: "mixed", id: "u3")
            let (last, lastRefusal) = try await server.download(FileRequest(fileID: "mixed", accept: [.zstd]))
            #expect(lastRefusal == nil)
            try check(last, mixed, 0..<mixed.count)
            #expect(last.last?.compression == .zstd && last.first?.compression == .identity)
        }
    }

    @Test("A byte that rotted on the disk is never sent: DATA_LOSS after the chunks that are whole")
    func rot() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "crier-files-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        let (names, bytes) = (MemoryKeyValueStore(), noise(6_000_000))
        var info = FileInfo()
        try await FileServer.run(in: directory, names: names) { server in info = try await server.put(bytes) }

        let hex = info.fileID.dropFirst(7)
        let object = directory.appending(path: "objects/\(hex.prefix(2))/\(hex)")
        let file = try FileHandle(forUpdating: object)
        try file.seek(toOffset: 5_000_000)
        try file.write(contentsOf: [bytes[5_000_000] ^ 1])
        try file.close()

        try await FileServer.run(in: directory, names: names) { server in
            let (chunks, refusal) = try await server.download(FileRequest(fileID: "file.bin"))
            #expect(refusal?.code == .dataLoss)
            let got = chunks.flatMap(\.content)
            #expect(got == Array(bytes[..<got.count]))
            #expect(got.count <= 5_000_000 && chunks.allSatisfy { !$0.isLast })
            #expect(try await server.download(FileRequest(fileID: "file.bin")).refusal?.code == .dataLoss)
            // The same bytes again heal it.
            try await server.put(bytes, id: "again")
            let (healed, none) = try await server.download(FileRequest(fileID: "file.bin"))
            #expect(none == nil)
            try check(healed, bytes, 0..<bytes.count)
        }
    }

    @Test("What is being downloaded can be deleted: the reader gets everything")
    func deletedMeanwhile() async throws {
        try await FileServer.run { server in
            let bytes = noise(20_000_000)
            try await server.put(bytes)
            let stream = server.channel.open("crier.v1.FileService/DownloadFile")
            try await stream.send(FileRequest(fileID: "file.bin").framed)
            stream.finishSending()
            var chunks = [try FileChunk(#require(try await stream.next()))]
            _ = try await server.ask("DeleteFile", FileRequest(fileID: "file.bin"), as: FileInfo.self)
            while let message = try await stream.next() { chunks.append(try FileChunk(message)) }
            try check(chunks, bytes, 0..<bytes.count)
            #expect(try await server.download(FileRequest(fileID: "file.bin")).refusal?.code == .notFound)
        }
    }

    @Test("A client that hangs up leaves the other downloads alone, and gives its place back")
    func cancelled() async throws {
        try await FileServer.run { server in
            let bytes = noise(3_000_000)
            try await server.put(bytes)
            for _ in 0..<20 {
                let stream = server.channel.open("crier.v1.FileService/DownloadFile")
                try await stream.send(FileRequest(fileID: "file.bin", maxBytesPerSecond: 100_000).framed)
                _ = try await stream.next()
                stream.cancel()
            }
            let (chunks, refusal) = try await server.download(FileRequest(fileID: "file.bin"))
            #expect(refusal == nil)
            try check(chunks, bytes, 0..<bytes.count)
        }
    }
}
