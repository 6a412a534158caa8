import NIOCore
import Testing

@testable import CrierGRPC

@Suite struct MessageDeframerTests {
    private func frame(_ payload: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        let count = UInt32(payload.count)
        return [flag] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * UInt32($0))) } + payload
    }

    /// What comes out when the bytes come in pieces of this size.
    private func messages(
        _ bytes: [UInt8], piecesOf size: Int, limit: Int = 1_000, gzip: Bool = false
    ) throws(GRPCStatus) -> [[UInt8]] {
        var deframer = MessageDeframer(limit: limit)
        deframer.allowsGzip = gzip
        var messages: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + size, bytes.count)
            let piece = ByteBuffer(bytes: bytes[start..<end])
            try piece.withUnsafeReadableBytesTyped { (bytes) throws(GRPCStatus) in
                try deframer.receive(bytes) { messages.append(Array($0)) }
            }
            start = end
        }
        return messages
    }

    @Test("Messages are the same, wherever the bytes are cut", arguments: 1...60)
    func cutAnywhere(size: Int) throws {
        let payloads: [[UInt8]] = [[], [1], Array(repeating: 2, count: 20), [], Array(repeating: 3, count: 300)]
        #expect(try messages(payloads.flatMap { frame($0) }, piecesOf: size) == payloads)
    }

    @Test("Bytes that are one message are taken as they lie; of all others none is lost by having been looked at")
    func whole() throws {
        var deframer = MessageDeframer(limit: 10)
        func message(_ bytes: [UInt8]) -> [UInt8]? {
            bytes.withUnsafeBytes { bytes in deframer.wholeMessage(in: bytes).map { Array($0) } }
        }
        #expect(message(frame([])) == [])
        #expect(message(frame(Array(1...10))) == Array(1...10))
        #expect(message([]) == nil && message([0, 0, 0, 0]) == nil, "less than a prefix")
        #expect(
            message(Array(frame([1, 2]).dropLast())) == nil && message(frame([1]) + [0]) == nil,
            "cut, and followed by more")
        #expect(message(frame([1], flag: 1)) == nil, "compressed")
        #expect(message(frame(Array(1...11))) == nil, "over the limit")
        try ByteBuffer(bytes: frame([7, 7, 7]).prefix(6))
            .withUnsafeReadableBytesTyped { (bytes) throws(GRPCStatus) in
                try deframer.receive(bytes) { _ in }
            }
        #expect(message(frame([1])) == nil, "within another message")
    }

    @Test("A message over the limit is refused by its prefix alone")
    func limit() {
        let status = #expect(throws: GRPCStatus.self) { try messages([0, 0, 0, 4, 1], piecesOf: 5, limit: 1_024) }
        #expect(status?.code == .resourceExhausted)
        #expect(status?.message.contains("1025") == true)
    }

    @Test("A compressed bomb is refused before it is whole in memory")
    func bomb() throws {
        // 10 MiB of zeros, in about 10 KB.
        let plain = FramedMessage(payloadSize: 10 << 20) {
            $0.initializeMemory(as: UInt8.self, repeating: 0, count: 10 << 20)
        }
        let compressed = Array(plain.gzipped().bytes.readableBytesView)
        #expect(compressed.count < 20_000)
        let status = #expect(throws: GRPCStatus.self) {
            try messages(compressed, piecesOf: 1_000, limit: 4 << 20, gzip: true)
        }
        #expect(status?.code == .resourceExhausted)
    }

    @Test("What says that it is compressed and is not, is refused")
    func corrupt() {
        let status = #expect(throws: GRPCStatus.self) {
            try messages(frame([1, 2, 3], flag: 1), piecesOf: 100, gzip: true)
        }
        #expect(status?.code == .internalError)
    }

    @Test("Compression that was not announced, and unknown flags, are refused", arguments: [1, 2, 255] as [UInt8])
    func flags(flag: UInt8) {
        let status = #expect(throws: GRPCStatus.self) { try messages(frame([1], flag: flag), piecesOf: 100) }
        #expect(status?.code == .internalError)
    }

    @Test("A compressed message round-trips")
    func gzip() throws {
        let text = Array(String(repeating: "crier ", count: 1_000).utf8)
        let message = FramedMessage(payloadSize: text.count) { $0.copyMemory(from: text, byteCount: text.count) }
            .gzipped()
        #expect(message.byteCount < 1_000)
        #expect(try messages(Array(message.bytes.readableBytesView), piecesOf: 7, limit: 10_000, gzip: true) == [text])
    }
}
