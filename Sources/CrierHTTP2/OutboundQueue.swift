import NIOCore

/// What one stream still has to send: bytes and file slices in order, and behind them what it was given in this turn,
/// which lies with the loop. Empty queues own no memory.
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

        var isSlice: Bool {
            if case .slice = self { true } else { false }
        }

        /// The segment without its first bytes.
        func dropping(_ bytes: Int) -> Segment {
            switch self {
            case .bytes(var buffer):
                buffer.moveReaderIndex(forwardBy: bytes)
                return .bytes(buffer)
            case .slice(let slice): return .slice(slice.dropping(bytes))
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
    private var staged: Staging.Bytes?
    private var stagedAt = NIODeadline.distantFuture

    /// Bytes that wait.
    private(set) var byteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    /// When the oldest waiting byte came.
    var oldest: NIODeadline? { byteCount == 0 ? nil : first?.enqueuedAt ?? stagedAt }

    /// Some of it lies with the loop and must not outlast its turn.
    var isStaged: Bool { staged != nil }

    /// A message that `write` writes, for this turn with the loop if it is small.
    mutating func append(
        _ count: Int, at now: NIODeadline, _ staging: inout Staging, write: (UnsafeMutableRawPointer) -> Void
    ) {
        guard count > 0 else { return }
        if staging.takes(count) {
            if staged == nil { stagedAt = now }
            byteCount += count
            return staging.append(count, to: &staged, write: write)
        }
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            write(target.baseAddress!)
            return count
        }
        append(.bytes(buffer), at: now, &staging)
    }

    mutating func append(_ segment: Segment, at now: NIODeadline, _ staging: inout Staging) {
        unstage(&staging)
        byteCount += segment.count
        enqueue(segment, now)
    }

    /// Moves what lies with the loop to memory of this queue's own.
    mutating func unstage(_ staging: inout Staging) {
        guard let count = staged?.count else { return }
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        staging.take(count, of: &staged) { buffer.writeBytes($0) }
        enqueue(.bytes(buffer), stagedAt)
    }

    private mutating func enqueue(_ segment: Segment, _ now: NIODeadline) {
        guard segment.count > 0 else { return }
        let entry = Entry(segment: segment, enqueuedAt: now)
        if first == nil {
            first = entry
        } else if rest == nil {
            rest = [entry]
        } else {
            rest!.append(entry)
        }
    }

    /// How many bytes the next frame is to have, of at most `limit`.
    ///
    /// A frame that ends within a file ends with a page of it: otherwise all frames of 16 KiB would take parts of five
    /// pages instead of four pages. And where files are sent as they are, a frame that is nearly full with the end of
    /// one part does not take the little of the next that still fits, which would be copied: a chunk of the default
    /// size is a frame of its own.
    func frameSize(limit: Int, takesSlices: Bool) -> Int {
        guard byteCount > limit, let first else { return min(byteCount, limit) }
        var size = first.segment.count - consumed
        guard size <= limit else { return Self.cut(first.segment, from: consumed, limit: limit) }
        guard let rest else { return limit }
        var sliceEnd = first.segment.isSlice ? size : 0
        for entry in rest {
            guard entry.segment.count <= limit - size else {
                let part = Self.cut(entry.segment, from: 0, limit: limit - size)
                let isCopied = takesSlices && entry.segment.isSlice && part < Limit.sendfileBytes
                return isCopied && sliceEnd >= limit / 4 * 3 ? sliceEnd : size + part
            }
            size += entry.segment.count
            if entry.segment.isSlice { sliceEnd = size }
        }
        return limit
    }

    /// How much of a segment that is larger goes into `limit` bytes.
    private static func cut(_ segment: Segment, from start: Int, limit: Int) -> Int {
        guard case .slice(let slice) = segment else { return limit }
        let begin = slice.offset + Int64(start)
        let end = (begin + Int64(limit)) & ~(Limit.filePageBytes - 1)
        return end > begin ? Int(end - begin) : limit
    }

    /// Moves the next `count` bytes to `output`. False when a file slice could not be read.
    mutating func take(_ count: Int, into output: inout OutputBuffer, _ staging: inout Staging) -> Bool {
        precondition(count <= byteCount, "asked for more bytes than are queued")
        var left = count
        byteCount -= count
        while left > 0, let entry = first {
            let available = entry.segment.count - consumed
            let part = min(available, left)
            guard Self.move(entry.segment, from: consumed, count: part, to: &output) else {
                byteCount += left
                return false
            }
            left -= part
            if part == available { dropFirst() } else { consumed += part }
        }
        if left > 0 { staging.take(left, of: &staged) { output.append($0) } }
        return true
    }

    mutating func removeAll(_ staging: inout Staging) {
        staging.release(&staged)
        self = OutboundQueue()
    }

    private static func move(_ segment: Segment, from start: Int, count: Int, to output: inout OutputBuffer) -> Bool {
        switch segment {
        case .bytes(let buffer):
            buffer.withUnsafeReadableBytes {
                output.append(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
            }
            return true
        case .slice(let slice):
            let offset = slice.offset + Int64(start)
            if output.takesSlices, count >= Limit.sendfileBytes {
                output.append(slice.file, offset: offset, count: count)
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
