import CrierMessages
import Testing

@Suite("Messages of later contracts are understood")
struct EvolutionTests {
    @Test("Unknown fields of every wire type are ignored")
    func unknownFields() throws {
        // Field 1000 as a number, 8 bytes, bytes and 4 bytes, around client_id.
        let wire = bytes("c03e05c13e01020304050607080a0161c23e026869c53e01020304")
        #expect(try PushRequest(unpacking: wire) == PushRequest(clientID: "a"))
        #expect(try UploadRequest(unpacking: bytes("c23e026869")) == UploadRequest())
    }

    @Test("An unknown kind of message is no payload")
    func unknownPayload() throws {
        #expect(try ClientMessage(unpacking: bytes("c23e00")).payload == nil)
        #expect(try ServerMessage(unpacking: bytes("c23e00820101 6d")).payload == nil)
    }

    @Test("An unknown enum value is kept")
    func unknownEnum() throws {
        #expect(try PushRequest(unpacking: bytes("6063")).waitFor == .unrecognized(99))
        #expect(try PushResponse(unpacking: bytes("18ffffffffffffffffff01")).outcome == .unrecognized(-1))
    }

    @Test("Of a oneof that comes twice the last counts")
    func lastOfOneof() throws {
        let both = bytes("1a030a0161") + bytes("32017a")
        #expect(try PushRequest(unpacking: both).content == .data([0x7a]))
        let parts = bytes("120412027a7a") + bytes("0a030a0175")
        #expect(try UploadRequest(unpacking: parts) == UploadRequest(part: .header(UploadHeader(uploadID: "u"))))
    }
}
