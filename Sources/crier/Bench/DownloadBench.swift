import ArgumentParser
import CrierClient
import CrierCodecs
import CrierGRPC
import CrierMessages
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// `crier bench download`: how fast bytes come, every one of them checked.
struct DownloadBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Download one file over several connections at once; checks offsets, lengths and checksums.",
        discussion: "Nothing is written to disk here: it is the gateway that is measured."
    )

    @Option(help: "A file_id or name at the gateway; without it a file of --size is uploaded first and deleted after.")
    var file: String?

    @Option(help: "Bytes of the file that is made up.")
    var size = ByteCount(256 << 20)

    @Option(help: "Downloads at once, each over a connection of its own.")
    var streams = 1

    @Option(help: "Bytes of a chunk at most; 0: as the gateway likes.")
    var chunk = ByteCount(0)

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...1000).contains(streams), size.bytes > 0, chunk.bytes <= 1 << 20 else {
            throw ValidationError("--streams is 1 to 1000, --size more than 0, --chunk at most 1M")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let link = try options.gateway.link()
            let files = Files(link)
            let isMadeUp = file == nil
            let info: FileInfo
            if let file { info = try await files.info(file) } else { info = try await makeUp(files) }
            let report = try await measure(info)
            if isMadeUp { try await files.delete(info.fileID) }
            await link.close()
            try options.finish(report)
        }
    }

    /// Bytes that no compression makes smaller, written once.
    private func makeUp(_ files: Files) async throws -> FileInfo {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "crier-bench-\(UInt32.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: path) }
        guard FileManager.default.createFile(atPath: path.path, contents: nil) else {
            throw CrierClientError(.io, "\(path.path) cannot be made")
        }
        try BenchFile.write(size.bytes, to: path.path)
        return try await files.upload(path.path)
    }

    private func measure(_ info: FileInfo) async throws -> BenchReport {
        let gateway = try options.gateway.configuration()
        let request = FileRequest(fileID: info.fileID, maxChunkBytes: Int32(chunk.bytes))
        let (before, started) = (options.server?.sample(), monotonicNanoseconds())
        let faults = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<streams { group.addTask { await Self.download(request, info.size, gateway) } }
            return await group.compactMap { $0 }.reduce(into: []) { $0.append($1) }
        }
        let seconds = Double(monotonicNanoseconds() - started) / 1e9
        let gibibytes = Double(info.size) * Double(streams) / 1_073_741_824
        var report = BenchReport("download")
        report.add("streams", Double(streams))
        report.add("bytes each", Double(info.size))
        report.add("throughput", gibibytes * 1024 / seconds, "MiB/s")
        report.add(before, options.server?.sample(), per: gibibytes, "GiB")
        report.faults = faults
        return report
    }

    /// Returns what was wrong.
    private static func download(
        _ request: FileRequest, _ size: Int64, _ gateway: GatewayConfiguration
    ) async -> String? {
        do {
            let channel = GRPCChannel(
                targets: gateway.targets,
                configuration: try gateway.channelConfiguration(),
                group: .singletonMultiThreadedEventLoopGroup
            )
            let stream = channel.open("crier.v1.FileService/DownloadFile")
            try await stream.send(request.pack { FramedMessage(payloadSize: $0, write: $1) })
            stream.finishSending()
            var position: Int64 = 0
            while let bytes = try await stream.next() { position = try check(bytes, at: position) }
            await channel.shutdown()
            return position == size ? nil : "a download ended at byte \(position) of \(size)"
        } catch {
            return "\(error)"
        }
    }

    /// Where the next chunk must begin.
    private static func check(_ bytes: ByteBuffer, at position: Int64) throws -> Int64 {
        try bytes.withUnsafeReadableBytes { bytes in
            let (head, content) = try FileChunk.unpackHead(bytes)
            guard head.offset == position else {
                throw CrierClientError(.protocolViolation, "a chunk at \(head.offset ?? -1) came, \(position) is next")
            }
            let crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[content]))
            guard head.crc32c == nil || head.crc32c == crc else {
                throw CrierClientError(.dataLoss, "the chunk at byte \(position) is damaged")
            }
            return position + Int64(content.count)
        }
    }
}

/// A file full of noise.
enum BenchFile {
    static func write(_ size: Int64, to path: String) throws {
        guard let handle = fopen(path, "w") else { throw CrierClientError(.io, "\(path) cannot be written") }
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var words = [UInt64](repeating: 0, count: 32 << 10)
        var left = Int(size)
        while left > 0 {
            for index in words.indices {
                // xorshift64: noise enough that nothing shrinks it.
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                words[index] = state
            }
            let count = min(left, words.count * 8)
            guard fwrite(words, 1, count, handle) == count else { break }
            left -= count
        }
        guard fclose(handle) == 0, left == 0 else { throw CrierClientError(.noSpace, "\(path) cannot be written") }
    }
}
