import NIOCore

/// What one stream still has to send: bytes and file slices in order. Empty queues own no memory.
struct OutboundQueue {
    enum Segment {
        case bytes(ByteBuffer)
        case slice(FileSlice)

        var count: Int {
            switch self {
            case .bytes(let buffer): buffer.readableBytes
            case .slice(let slice): slice.count
            }
        }
    }

    private struct Entry {
        var segment: Segment
        var enqueuedAt: NIODeadline
    }

    private var first: Entry?
    private var rest: CircularBuffer<Entry>?
    /// Bytes of the first segment that are already sent.
    private var consumed = 0

    /// Bytes that wait.
    private(set) var byteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    /// When the oldest waiting byte came.
    var oldest: NIODeadline? { byteCount == 0 ? nil : first?.enqueuedAt }

    mutating func append(_ segment: Segment, at now: NIODeadline) {
        let count = segment.count
        guard count > 0 else { return }
        byteCount += count
        let entry = Entry(segment: segment, enqueuedAt: now)
        if first == nil {
            first = entry
        } else if rest == nil {
            rest = [entry]
        } else {
            rest!.append(entry)
        }
    }

    /// Moves the next `count` bytes to `target`. False when a file slice could not be read.
    mutating func take(_ count: Int, into target: UnsafeMutableRawPointer) -> Bool {
        precondition(count <= byteCount, "asked for more bytes than are queued")
        var done = 0
        while done < count, let entry = first {
            let available = entry.segment.count - consumed
            let part = min(available, count - done)
            guard Self.copy(entry.segment, from: consumed, count: part, to: target + done) else { return false }
            done += part
            if part == available { dropFirst() } else { consumed += part }
        }
        byteCount -= count
        return true
    }

    mutating func removeAll() { self = OutboundQueue() }

    private static func copy(_ segment: Segment, from start: Int, count: Int, to target: UnsafeMutableRawPointer) -> Bool {
        switch segment {
        case .bytes(let buffer):
            buffer.withUnsafeReadableBytes { target.copyMemory(from: $0.baseAddress! + start, byteCount: count) }
            return true
        case .slice(let slice):
            return slice.file.read(into: target, count: count, offset: slice.offset + Int64(start))
        }
    }

    private mutating func dropFirst() {
        consumed = 0
        first = rest?.popFirst()
        if rest?.isEmpty == true { rest = nil }
    }
}
