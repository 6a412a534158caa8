import CrierMessages
import Testing

/// The bytes that clients of the first published contract send and expect. They never change (Protos/README.md).
@Suite("A client of the first published contract is understood")
struct FirstContractTests {
    @Test("What its agents say")
    func agent() throws {
        #expect(
            try ClientMessage(unpacking: bytes("0a090a076167656e742d37"))
                == ClientMessage(payload: .register(RegisterRequest(clientID: "agent-7")))
        )
        #expect(
            try ClientMessage(unpacking: bytes("12100a076167656e742d371080d095ffbc31"))
                == ClientMessage(payload: .heartbeat(Heartbeat(clientID: "agent-7", timestamp: 1_700_000_000_000)))
        )
        #expect(
            try ClientMessage(unpacking: bytes("1a0d0a076167656e742d3712027331"))
                == ClientMessage(payload: .reconnect(ReconnectRequest(clientID: "agent-7", lastSessionID: "s1")))
        )
    }

    @Test("What its agents hear")
    func gateway() {
        let text = ServerMessage(payload: .text(TextMessage(content: "hello")))
        #expect(text.packedBytes() == bytes("0a070a0568656c6c6f"))
        let notice = ServerMessage(
            payload: .fileNotice(FileNotice(fileName: "a.bin", fileSize: 1 << 20, fileID: "f1"))
        )
        #expect(notice.packedBytes() == bytes("120f0a05612e62696e108080401a026631"))
        let event = ServerMessage(payload: .event(NotifyEvent(type: "online", details: "d")))
        #expect(event.packedBytes() == bytes("1a0b0a066f6e6c696e65120164"))
    }

    @Test("Its pushes and downloads")
    func others() throws {
        #expect(
            try PushRequest(unpacking: bytes("0a076167656e742d37120568656c6c6f"))
                == PushRequest(clientID: "agent-7", message: "hello")
        )
        let refusal = PushResponse(success: false, error: "not connected")
        #expect(refusal.packedBytes() == bytes("120d6e6f7420636f6e6e6563746564"))
        #expect(try FileRequest(unpacking: bytes("0a026631")) == FileRequest(fileID: "f1"))
        let chunk = FileChunk(content: Array("abc".utf8), sequence: 2, isLast: true)
        #expect(try FileChunk(unpacking: bytes("0a0361626310021801")) == chunk)
    }
}
