/// What nghttp2 told us while it took bytes or gave some. Callbacks record these; the connection acts on them afterwards.
enum HTTP2Event {
    /// A whole header block; `fields` lies in the loop's header arena.
    case headers(Exchange, fields: Range<Int>, isTruncated: Bool)
    /// Bytes of a DATA frame; they lie in the buffer that is being read.
    case data(Exchange, UnsafeRawBufferPointer)
    /// The peer will send no more on this stream.
    case ended(Exchange)
    /// Our END_STREAM went out.
    case endSent(Exchange)
    /// The stream's queue fell below its low-water mark.
    case drained(Exchange)
    /// The stream is gone.
    case closed(Exchange, errorCode: UInt32)
    case settings
    case ping
    case pingAcknowledged
    /// Streams above its last stream follow as closed with REFUSED_STREAM: nghttp2 sees to that.
    case goAway(errorCode: UInt32, debugData: [UInt8])
    /// A frame that costs us work and the peer nothing.
    case controlFrame
    case emptyData
    case windowUpdate
    /// A frame that nghttp2 answered with RST_STREAM or GOAWAY.
    case invalidFrame
}

/// What the connections of one loop share while one of them is at work: no idle connection holds any of it.
final class EventRecorder {
    var events: [HTTP2Event] = []
    var headerBytes: [UInt8] = []
    var headerFields: [HeaderBlock.Field] = []
    /// A block began and its last field has not come.
    private var isInBlock = false
    /// Where the block that is being received began.
    private(set) var blockStart = 0
    private var blockBytes = 0
    private(set) var blockIsTruncated = false

    func beginBlock() {
        isInBlock = true
        blockStart = headerFields.count
        blockBytes = 0
        blockIsTruncated = false
    }

    /// The fields of the block that is now whole.
    func endBlock() -> Range<Int> {
        isInBlock = false
        return blockStart..<headerFields.count
    }

    /// What came of a block that goes on with the connection's next read; other connections come between.
    func takePartialBlock() -> PartialHeaderBlock? {
        guard isInBlock else { return nil }
        isInBlock = false
        let fields = headerFields[blockStart...]
        let firstByte = Int(fields.first?.start ?? UInt32(headerBytes.count))
        return PartialHeaderBlock(
            bytes: Array(headerBytes[firstByte...]),
            fields: fields.map { field in
                var field = field
                field.start -= UInt32(firstByte)
                return field
            },
            size: blockBytes, isTruncated: blockIsTruncated
        )
    }

    func resume(_ partial: PartialHeaderBlock) {
        beginBlock()
        headerBytes = partial.bytes
        headerFields = partial.fields
        blockStart = 0
        blockBytes = partial.size
        blockIsTruncated = partial.isTruncated
    }

    func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, limit: Int) {
        blockBytes += name.count + value.count + 32
        guard blockBytes <= limit else {
            blockIsTruncated = true
            return
        }
        let start = headerBytes.count
        headerBytes.append(contentsOf: name)
        headerBytes.append(contentsOf: value)
        headerFields.append(
            .init(start: UInt32(start), nameLength: UInt32(name.count), valueLength: UInt32(value.count))
        )
    }

    /// Forgets all, keeps the memory (within reason).
    func reset() {
        events.removeAll(keepingCapacity: events.capacity <= 16_384)
        headerBytes.removeAll(keepingCapacity: headerBytes.capacity <= 262_144)
        headerFields.removeAll(keepingCapacity: headerFields.capacity <= 65_536)
    }
}

/// The first fields of a header block.
struct PartialHeaderBlock {
    var bytes: [UInt8]
    var fields: [HeaderBlock.Field]
    var size: Int
    var isTruncated: Bool
}
