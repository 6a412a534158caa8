/// What the connections of one loop share while one of them is at work: no idle connection holds any of it.
///
/// Belongs to its event loop.
final class EventRecorder {
    // Written to by nghttp2's callbacks, a dozen times for each unary call: the run-time check for overlapping accesses
    // would cost more than the writing. None of these functions calls out, so there is nothing that could overlap.
    @exclusivity(unchecked) private(set) var events: [HTTP2Event] = []
    @exclusivity(unchecked) private var headerBytes = ByteArena(capacity: 4096)
    /// Of `HeaderBlock.Field`.
    @exclusivity(unchecked) private var headerFields = ByteArena(capacity: 1024)
    /// A block began and its last field has not come.
    private var isInBlock = false
    /// Where the block that is being received began.
    private var blockStart = 0
    @exclusivity(unchecked) private var blockBytes = 0
    private var blockIsTruncated = false
    /// What the last GOAWAY said.
    var goAwayText: [UInt8] = []

    func record(_ event: HTTP2Event) { events.append(event) }

    func beginBlock() {
        isInBlock = true
        blockStart = fieldCount
        blockBytes = 0
        blockIsTruncated = false
    }

    func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, limit: Int) {
        blockBytes += name.count + value.count + 32
        guard blockBytes <= limit else {
            blockIsTruncated = true
            return
        }
        add(
            HeaderBlock.Field(
                start: UInt32(headerBytes.count), nameLength: UInt32(name.count), valueLength: UInt32(value.count)
            )
        )
        headerBytes.append(UnsafeRawBufferPointer(name))
        headerBytes.append(UnsafeRawBufferPointer(value))
    }

    /// The block of this exchange is whole.
    func endBlock(of exchange: HTTP2Event.Subject) {
        isInBlock = false
        record(.headers(exchange, fields: blockStart..<fieldCount, isTruncated: blockIsTruncated))
    }

    /// A recorded block; good until another block is recorded.
    func block(_ fields: Range<Int>, isTruncated: Bool) -> HeaderBlock {
        HeaderBlock(
            bytes: UnsafePointer(headerBytes.base.assumingMemoryBound(to: UInt8.self)),
            fields: UnsafeBufferPointer(rebasing: allFields[fields]), isTruncated: isTruncated
        )
    }

    private var fieldCount: Int { headerFields.count / MemoryLayout<HeaderBlock.Field>.stride }

    private var allFields: UnsafeBufferPointer<HeaderBlock.Field> {
        headerFields.bytes.assumingMemoryBound(to: HeaderBlock.Field.self)
    }

    private func add(_ field: HeaderBlock.Field) {
        let size = MemoryLayout<HeaderBlock.Field>.stride
        headerFields.reserve(size).storeBytes(of: field, as: HeaderBlock.Field.self)
        headerFields.commit(size)
    }

    /// Forgets all, keeps the memory (within reason).
    func reset() {
        events.removeAll(keepingCapacity: events.capacity <= 16_384)
        headerBytes.clear(keeping: 262_144)
        headerFields.clear(keeping: 262_144)
    }
}

// MARK: Blocks that come in pieces

/// The first fields of a header block.
struct PartialHeaderBlock {
    var bytes: [UInt8]
    var fields: [HeaderBlock.Field]
    var size: Int
    var isTruncated: Bool
}

extension EventRecorder {
    /// What came of a block that goes on with the connection's next read; other connections come between.
    func takePartialBlock() -> PartialHeaderBlock? {
        guard isInBlock else { return nil }
        isInBlock = false
        let fields = allFields[blockStart...]
        let firstByte = fields.first?.start ?? UInt32(headerBytes.count)
        return PartialHeaderBlock(
            bytes: Array(headerBytes.bytes[Int(firstByte)...]),
            fields: fields.map { field in
                var field = field
                field.start -= firstByte
                return field
            },
            size: blockBytes, isTruncated: blockIsTruncated
        )
    }

    /// Goes on with a block. Nothing else has been recorded yet.
    func resume(_ partial: PartialHeaderBlock) {
        beginBlock()
        partial.bytes.withUnsafeBytes { headerBytes.append($0) }
        for field in partial.fields { add(field) }
        blockBytes = partial.size
        blockIsTruncated = partial.isTruncated
    }
}
