import CrierCore
import CrierGRPC
import CrierMessages
import CrierServices
import NIOCore
import Testing

@Suite("Uploading and asking")
struct UploadServiceTests {
    @Test("What was uploaded is answered, listed and found")
    func upload() async throws {
        try await FileServer.run { server in
            let bytes = noise(300_000)
            let info = try await server.put(bytes)
            #expect(
                info.name == "file.bin" && info.size == 300_000 && info.mediaType == "text/plain"
                    && info.nodes == ["n1"])
            #expect(info.fileID == "sha256:" + info.sha256.map { hex($0) }.joined())
            #expect(try await server.ask("GetFile", FileRequest(fileID: "file.bin"), as: FileInfo.self) == info)
            #expect(try await server.ask("GetFile", FileRequest(fileID: info.fileID), as: FileInfo.self) == info)
            let listed = try await server.collect("ListFiles", ListFilesRequest(namePrefix: "fi"), as: FileInfo.self)
            #expect(listed.messages == [info] && listed.refusal == nil)
            let none = try await server.collect("ListFiles", ListFilesRequest(namePrefix: "x"), as: FileInfo.self)
            #expect(none.messages.isEmpty && none.refusal == nil)
        }
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    @Test("An upload that broke off goes on where the gateway has it")
    func resume() async throws {
        try await FileServer.run { server in
            let bytes = noise(1_000_000)
            let stream = server.channel.open("crier.v1.FileService/UploadFile")
            for request in uploadRequests(bytes).prefix(6) { try await stream.send(request.framed) }
            var state = UploadState()
            while state.committed < 500_000 {
                state = try await server.ask("QueryUpload", QueryUploadRequest(uploadID: "u1"), as: UploadState.self)
            }
            stream.cancel()
            #expect(state.committed == 500_000 && !state.complete && state.info == nil)
            let info = try await server.upload(uploadRequests(bytes, offset: 500_000))
            state = try await server.ask("QueryUpload", QueryUploadRequest(uploadID: "u1"), as: UploadState.self)
            #expect(state.complete && state.info == info)
            // Sent again, it is answered at once.
            #expect(try await server.upload(uploadRequests(bytes)) == info)
            #expect(try await server.download(FileRequest(fileID: "file.bin")).chunks.flatMap(\.content) == bytes)
        }
    }

    @Test("A silent upload loses its place and keeps what it has", .timeLimit(.minutes(10)))
    func silence() async throws {
        try await FileServer.run(uploadSilence: .seconds(5)) { server in
            let bytes = noise(300_000)
            let silent = server.channel.open("crier.v1.FileService/UploadFile")
            for request in uploadRequests(bytes).prefix(2) { try await silent.send(request.framed) }
            let status = try await refusal { _ = try await silent.next() }
            #expect(status.code == .aborted && status.message.contains("nothing came"))
            let state = try await server.ask("QueryUpload", QueryUploadRequest(uploadID: "u1"), as: UploadState.self)
            #expect(state.committed == 100_000)
            let info = try await server.upload(uploadRequests(bytes, offset: 100_000))
            #expect(info.size == 300_000)
        }
    }

    @Test("An unknown upload is at 0, and an empty id is refused")
    func query() async throws {
        try await FileServer.run { server in
            let state = try await server.ask("QueryUpload", QueryUploadRequest(uploadID: "?"), as: UploadState.self)
            #expect(state == UploadState())
            let status = try await refusal {
                _ = try await server.ask("QueryUpload", QueryUploadRequest(), as: UploadState.self)
            }
            #expect(status.code == .invalidArgument && status.message.hasPrefix("upload_id"))
        }
    }

    @Test("What is uploaded wrongly is refused by name")
    func refusals() async throws {
        try await FileServer.run { server in
            let bytes = noise(250_000)
            let good = uploadRequests(bytes)
            var badCRC = good
            badCRC[1] = UploadRequest(
                part: .chunk(UploadChunk(content: Array(bytes[..<100_000]), offset: 0, crc32c: 1)))
            let cases: [([UploadRequest], GRPCStatus.Code, String)] = [
                ([], .invalidArgument, "header"),
                ([UploadRequest()], .invalidArgument, "header"),
                (Array(good.dropFirst()), .invalidArgument, "header"),
                ([good[0], good[0]], .invalidArgument, "chunk"),
                ([good[0], good[2]], .invalidArgument, "chunk.offset"),
                (badCRC, .dataLoss, "crc32c"),
                (uploadRequests(bytes, id: "a", offset: 100_000), .failedPrecondition, "committed offset, 0"),
                (uploadRequests(bytes, id: "b", size: 249_999), .invalidArgument, "size"),
                (uploadRequests(bytes, id: "c", size: 250_001), .invalidArgument, "size"),
                (uploadRequests(bytes, id: "d", size: -1), .invalidArgument, "size"),
                (uploadRequests(bytes, id: "e", sha256: [1, 2]), .invalidArgument, "sha256"),
                (uploadRequests(bytes, id: "f", sha256: [UInt8](repeating: 0, count: 32)), .invalidArgument, "sha256"),
                (uploadRequests(bytes, id: ""), .invalidArgument, "upload_id"),
                (uploadRequests(bytes, name: ""), .invalidArgument, "name"),
                (uploadRequests(bytes, name: "../x"), .invalidArgument, "name"),
                (uploadRequests(bytes, name: "a\0b"), .invalidArgument, "name"),
                (uploadRequests(bytes, name: String(repeating: "n", count: 256)), .invalidArgument, "name"),
            ]
            for (requests, code, text) in cases {
                let status = try await refusal { _ = try await server.upload(requests) }
                #expect(status.code == code, "\(status)")
                #expect(status.message.contains(text), "\(status)")
            }
            #expect(try await server.collect("ListFiles", ListFilesRequest(), as: FileInfo.self).messages.isEmpty)
        }
    }

    @Test("Deleting answers what it was; a condition that does not hold deletes nothing")
    func delete() async throws {
        try await FileServer.run { server in
            let info = try await server.put(noise(10))
            let conditional = FileRequest(fileID: "file.bin", ifSHA256: [UInt8](repeating: 0, count: 32))
            let status = try await refusal { _ = try await server.ask("DeleteFile", conditional, as: FileInfo.self) }
            #expect(status.code == .failedPrecondition)
            #expect(try await server.ask("DeleteFile", FileRequest(fileID: "file.bin"), as: FileInfo.self) == info)
            let second = try await refusal {
                _ = try await server.ask("DeleteFile", FileRequest(fileID: "file.bin"), as: FileInfo.self)
            }
            #expect(second.code == .notFound)
        }
    }

    @Test("The block table comes in order, whole or for a range; an empty file has none")
    func blocks() async throws {
        try await FileServer.run { server in
            let bytes = noise(1_000_000)
            let info = try await server.put(bytes)
            func table(_ request: FileRequest) async throws -> [FileBlocks] {
                try await server.collect("GetFileBlocks", request, as: FileBlocks.self).messages
            }
            let whole = try await table(FileRequest(fileID: "file.bin"))
            #expect(whole.map(\.firstBlock) == [0] && whole.first?.blockSize == info.blockSize)
            #expect(whole.first?.sha256s.count == 8 * 32)
            let part = try await table(FileRequest(fileID: "file.bin", offset: 131_072, length: 131_073))
            #expect(part.map(\.firstBlock) == [1])
            #expect(part.first?.sha256s == Array(whole[0].sha256s[32..<96]))
            try await server.put([], name: "empty", id: "u2")
            #expect(try await table(FileRequest(fileID: "empty")).map(\.sha256s) == [[]])
        }
    }
}
