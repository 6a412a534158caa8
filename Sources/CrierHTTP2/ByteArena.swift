/// Memory that is filled from the front, emptied as a whole, and used again. It grows, so pointers into it hold only
/// until the next write; offsets hold until it is emptied.
struct ByteArena: ~Copyable {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Room for `size` bytes behind what is there; `commit` makes them part of it.
    mutating func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if capacity - count < size { grow(to: count + size) }
        return base + count
    }

    mutating func commit(_ size: Int) { count += size }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func truncate(to count: Int) { self.count = count }

    /// Empties it. Memory beyond `limit` bytes, which a burst asked for, goes back.
    mutating func clear(keeping limit: Int = .max) {
        count = 0
        guard capacity > limit else { return }
        base.deallocate()
        base = .allocate(byteCount: limit, alignment: 16)
        capacity = limit
    }

    private mutating func grow(to size: Int) {
        let larger = max(size, capacity * 2)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memory.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = memory
        capacity = larger
    }
}
