import CrierMessages
import Testing

/// Bytes that Google's Python implementation made from the same contract.
@Suite("Bytes of another implementation mean the same")
struct OtherImplementationsTests {
    @Test("A push with an event, a negative number and a number of two bytes")
    func push() throws {
        let wire = bytes(
            "0a076167656e742d372a110a0675706461746512074772c3bcc39f65400148ffffffffffffffffff0152016b600268ac02"
        )
        let request = PushRequest(
            clientID: "agent-7",
            content: .event(NotifyEvent(type: "update", details: "Grüße")),
            durable: true,
            ttlMs: -1,
            idempotencyKey: "k",
            waitFor: .applied,
            tag: 300
        )
        #expect(try PushRequest(unpacking: wire) == request)
        #expect(request.packedBytes() == wire)
    }

    @Test("A notice with labels and the largest sequence")
    func notice() throws {
        let wire = bytes(
            """
            124d0a05612e62696e108080808080201a097368613235363a30302220000102030405060708090a0b0c0d0e0f1011121314\
            15161718191a1b1c1d1e1f520275315202753262060a016112016268018201026d318801ffffffffffffffffff01
            """
        )
        let notice = FileNotice(
            fileName: "a.bin",
            fileSize: 1 << 40,
            fileID: "sha256:00",
            sha256: Array(0..<32),
            urls: ["u1", "u2"],
            labels: [Label(key: "a", value: "b")],
            revoked: true
        )
        let message = ServerMessage(payload: .fileNotice(notice), messageID: "m1", sequence: .max)
        #expect(try ServerMessage(unpacking: wire) == message)
        #expect(message.packedBytes() == wire)
    }

    @Test("A chunk whose content comes first, with an offset of zero that is present")
    func chunk() throws {
        let wire = bytes("0a0568656c6c6f1001180120002defbeadde3001380542060a01783a016e")
        let chunk = FileChunk(
            content: Array("hello".utf8),
            sequence: 1,
            isLast: true,
            offset: 0,
            crc32c: 0xdead_beef,
            compression: .zstd,
            rawSize: 5,
            info: FileInfo(fileID: "x", nodes: ["n"])
        )
        #expect(try FileChunk(unpacking: wire) == chunk)
    }

    @Test("Packed enums, and an upload's chunk with a checksum of zero that is present")
    func files() throws {
        #expect(
            try FileRequest(unpacking: bytes("0a046e616d6510053a020001"))
                == FileRequest(fileID: "name", offset: 5, accept: [.identity, .zstd])
        )
        #expect(
            try UploadRequest(unpacking: bytes("120c0a0361626310071d00000000"))
                == UploadRequest(part: .chunk(UploadChunk(content: Array("abc".utf8), offset: 7, crc32c: 0)))
        )
    }
}
