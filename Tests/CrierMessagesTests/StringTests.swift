import CrierMessages
import Testing

@Suite("Strings are whole and are UTF-8")
struct StringTests {
    @Test("A NUL inside a string cuts nothing off")
    func nul() throws {
        let request = PushRequest(clientID: "a\0b", message: "\0")
        #expect(request.packedBytes() == bytes("0a03610062120100"))
        #expect(try PushRequest(unpacking: request.packedBytes()) == request)
    }

    @Test(
        "Bytes that are not UTF-8 are refused, naming message and field",
        arguments: ["0a01ff", "0a02c080", "0a03eda080", "0a01c3"]
    )
    func invalid(_ hex: String) throws {
        let error = try #require(wireError(PushRequest.self, bytes(hex)))
        #expect(error.reason == .invalidUTF8)
        #expect(error.description == "PushRequest.client_id is not valid UTF-8")
    }

    @Test("The field of a sub-message is named by that message")
    func nested() {
        #expect(
            wireError(ClientMessage.self, bytes("0a030a01ff"))?.description.hasPrefix("RegisterRequest.client_id")
                == true
        )
        #expect(wireError(FileInfo.self, bytes("3a01ff"))?.field == "nodes")
        #expect(wireError(FileChunk.self, bytes("42030a01ff"))?.message == "FileInfo")
    }

    @Test("A `bytes` field holds any bytes")
    func anyBytes() throws {
        #expect(try PushRequest(unpacking: bytes("3202ff00")).content == .data([0xff, 0]))
    }
}
