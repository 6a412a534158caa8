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

    /// Moves the next `count` bytes to `output`. False when a file slice could not be read.
    mutating func take(_ count: Int, into output: OutputBuffer) -> Bool {
        precondition(count <= byteCount, "asked for more bytes than are queued")
        var left = count
        while left > 0, let entry = first {
            let available = entry.segment.count - consumed
            let part = min(available, left)
            guard Self.move(entry.segment, from: consumed, count: part, to: output) else { return false }
            left -= part
            if part == available { dropFirst() } else { consumed += part }
        }
        byteCount -= count
        return true
    }

    mutating func removeAll() { self = OutboundQueue() }

    private static func move(_ segment: Segment, from start: Int, count: Int, to output: OutputBuffer) -> Bool {
        switch segment {
        case .bytes(let buffer):
            buffer.withUnsafeReadableBytes {
                output.append(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
            }
            return true
        case .slice(let slice):
            let offset = slice.offset + Int64(start)
            if output.takesSlices, count >= Limit.sendfileBytes {
                output.append(FileSlice(file: slice.file, offset: offset, count: count))
                return true
            }
            guard slice.file.read(into: output.reserve(count), count: count, offset: offset) else { return false }
            output.commit(count)
            return true
        }
    }

    private mutating func dropFirst() {
        consumed = 0
        first = rest?.popFirst()
        if rest?.isEmpty == true { rest = nil }
    }
}
