import CrierMessages
import Testing

@Suite("A chunk's content can stay where it is")
struct BulkContentTests {
    private let head = FileChunk(sequence: 3, offset: 1 << 33, crc32c: 7, info: Samples.info)

    @Test("Head and content, one after the other, are the chunk", arguments: [0, 1, 127, 128, 16384, 1 << 20])
    func packedHead(_ count: Int) throws {
        let content = [UInt8](repeating: 0xA5, count: count)
        let packed = head.packHead(contentSize: count) { size, write in
            [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
                if let base = buffer.baseAddress { write(UnsafeMutableRawPointer(base)) }
                initialized = size
            }
        }
        var whole = head
        whole.content = content
        #expect(packed + content == whole.packedBytes())
        #expect(try FileChunk(unpacking: packed + content) == whole)
    }

    @Test("The content is found without being copied")
    func unpackedHead() throws {
        var chunk = head
        chunk.content = Array("content".utf8)
        let wire = chunk.packedBytes()
        try wire.withUnsafeBytes { wire in
            let (found, range) = try FileChunk.unpackHead(wire)
            #expect(found == head)
            #expect(Array(wire[range]) == chunk.content)
        }
    }

    @Test("The content of an upload's chunk is found inside both messages")
    func upload() throws {
        let chunk = UploadChunk(content: Array("content".utf8), offset: 5, crc32c: 6)
        let wire = UploadRequest(part: .chunk(chunk)).packedBytes()
        try wire.withUnsafeBytes { wire in
            let (found, range) = try UploadRequest.unpackHead(wire)
            #expect(found == UploadRequest(part: .chunk(UploadChunk(offset: 5, crc32c: 6))))
            #expect(Array(wire[range]) == chunk.content)
        }
    }

    @Test("Content that comes twice counts once, the last")
    func twice() throws {
        let wire = FileChunk(content: [1], sequence: 4).packedBytes() + FileChunk(content: [2, 3]).packedBytes()
        #expect(try FileChunk(unpacking: wire) == FileChunk(content: [2, 3], sequence: 4))
    }

    @Test("Content of another type is refused")
    func wrongType() {
        #expect(wireError(FileChunk.self, [0x08, 0x01])?.reason == .malformed)
    }
}
