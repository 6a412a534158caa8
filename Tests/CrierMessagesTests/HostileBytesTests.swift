import CrierMessages
import Testing

@Suite("No bytes whatever crash the unpacking")
struct HostileBytesTests {
    private static let kinds: [@Sendable ([UInt8]) throws -> Void] = [
        { _ = try ClientMessage(unpacking: $0) },
        { _ = try ServerMessage(unpacking: $0) },
        { _ = try PushRequest(unpacking: $0) },
        { _ = try PushResponse(unpacking: $0) },
        { _ = try PublishRequest(unpacking: $0) },
        { _ = try FileRequest(unpacking: $0) },
        { _ = try FileChunk(unpacking: $0) },
        { _ = try UploadRequest(unpacking: $0) },
        { _ = try UploadState(unpacking: $0) },
        { _ = try ServerReflectionRequest(unpacking: $0) },
        { _ = try ServerReflectionResponse(unpacking: $0) },
        { _ = try PutRequest(unpacking: $0) },
        { _ = try TransactRequest(unpacking: $0) },
        { _ = try TransactRequest.Write(unpacking: $0) },
        { _ = try WatchResponse(unpacking: $0) },
        { _ = try StatsResponse(unpacking: $0) },
    ]

    private static let seeds: [[UInt8]] =
        Samples.clientMessages.map { $0.packedBytes() } + Samples.serverMessages.map { $0.packedBytes() }
        + Samples.pushes.map { $0.packedBytes() } + Samples.chunks.map { $0.packedBytes() }
        + Samples.uploads.map { $0.packedBytes() } + Samples.answers.map { $0.packedBytes() }
        + [
            PublishRequest(selector: Samples.selector, message: Samples.push).packedBytes(),
            UploadState(committed: 1, complete: true, info: Samples.info).packedBytes(),
            Samples.fileRequest.packedBytes(),
            KeyValueSamples.put.packedBytes(),
            KeyValueSamples.transaction.packedBytes(),
            KeyValueSamples.watchResponse.packedBytes(),
            KeyValueSamples.stats.packedBytes(),
        ]

    /// Every kind reads the bytes; throwing is fine.
    private func feed(_ bytes: [UInt8]) {
        for kind in Self.kinds { try? kind(bytes) }
    }

    @Test("Random bytes")
    func random() {
        var generator = SeededGenerator(state: 1)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...64, using: &generator)
            // Small numbers make tags that exist and lengths that fit more often.
            let top: UInt8 = Bool.random(using: &generator) ? 255 : 80
            feed((0..<count).map { _ in UInt8.random(in: 0...top, using: &generator) })
        }
    }

    @Test("True messages with bytes changed, cut out, doubled and put together")
    func mutated() throws {
        var generator = SeededGenerator(state: 2)
        let short = Self.seeds.filter { (1...400).contains($0.count) }
        for _ in 0..<4000 {
            var bytes = try #require(short.randomElement(using: &generator))
            if Bool.random(using: &generator) { bytes += try #require(short.randomElement(using: &generator)) }
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                }
            }
            feed(bytes)
        }
    }

    @Test("Every message cut at every place is refused or is a shorter message")
    func cut() {
        for seed in Self.seeds where seed.count <= 400 {
            for count in 0...seed.count { feed(Array(seed.prefix(count))) }
        }
    }

    @Test("The same sub-message many times over")
    func repeated() {
        for seed in Self.seeds where (1...400).contains(seed.count) {
            feed([UInt8]((0..<50).map { _ in seed }.joined()))
        }
    }

    @Test("A message of millions of empty parts is refused before it takes the memory")
    func bomb() throws {
        // Field 2 of RegisterRequest, `labels`, empty: two bytes on the wire, a hundred in memory.
        let bomb = [UInt8]((0..<2 << 20).map { _ in [0x12, 0x00] }.joined())
        let error = try #require(wireError(RegisterRequest.self, bomb))
        guard case .tooComplex = error.reason else {
            Issue.record("refused for another reason: \(error)")
            return
        }
        #expect(error.message == "RegisterRequest")
    }

    @Test("What is not protobuf is refused, naming the message")
    func malformed() {
        for wire in ["0a", "0aff", "0a05616263", "ff", "0b", "08ffffffffffffffffffff01", "00"] {
            #expect(wireError(PushRequest.self, bytes(wire))?.reason == .malformed, "\(wire)")
            #expect(wireError(FileChunk.self, bytes(wire))?.reason == .malformed, "\(wire)")
        }
        #expect(wireError(UploadRequest.self, bytes("0a"))?.message == "UploadRequest")
        #expect(wireError(UploadRequest.self, bytes("0801"))?.message == "UploadRequest")
    }
}
