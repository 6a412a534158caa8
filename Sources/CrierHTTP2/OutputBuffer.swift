/// The bytes that a connection is about to write, in memory that all connections of a loop share. Empty between writes.
final class OutputBuffer {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func clear() { count = 0 }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Room for `size` bytes behind what is there; `commit` makes them part of it.
    func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if count + size > capacity { grow(to: count + size) }
        return base + count
    }

    func commit(_ size: Int) { count += size }

    private func grow(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: max(size, capacity * 2), alignment: 64)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
        capacity = max(size, capacity * 2)
    }
}
