import CCrierMessages

/// The memory of one packing or unpacking: the C structures and what they point to.
///
/// It begins on the stack, goes on in blocks from the heap, and is given back as a whole: nothing is freed one by one,
/// so an ordinary push costs no allocation, and no bytes whatever can make protobuf-c free something twice.
struct Scratch: ~Copyable {
    private var next: UnsafeMutableRawPointer
    private var end: UnsafeMutableRawPointer
    private var blocks: [UnsafeMutableRawPointer] = []
    private var allowance: Int
    /// Whether more was asked for than allowed. From then on every request fails.
    private(set) var isExhausted = false

    private init(_ stack: UnsafeMutableRawBufferPointer, limit: Int) {
        // The stack's part is never empty, so that it has an address.
        next = stack.baseAddress!
        end = next + stack.count
        allowance = limit
    }

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// Calls `body` with a fresh scratch that hands out at most `limit` bytes.
    @inline(__always)
    static func with<R, E: Error>(limit: Int = .max, _ body: (inout Scratch) throws(E) -> R) throws(E) -> R {
        try withUnsafeTemporaryAllocation(
            byteCount: Limits.scratchBytes, alignment: alignment
        ) { stack throws(E) in
            var scratch = Scratch(stack, limit: limit)
            return try body(&scratch)
        }
    }

    /// What malloc would promise: enough for every C type.
    private static let alignment = 16

    /// Memory that lives as long as the scratch; nil past the limit.
    mutating func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
        // Rounding up cannot overflow for what passes the first guard.
        guard byteCount >= 0, byteCount <= allowance else {
            isExhausted = true
            return nil
        }
        let rounded = (byteCount + (Self.alignment - 1)) & ~(Self.alignment - 1)
        allowance -= min(rounded, allowance)
        if rounded > end - next { addBlock(byteCount: rounded) }
        defer { next += rounded }
        return next
    }

    private mutating func addBlock(byteCount: Int) {
        let size = max(byteCount, Limits.scratchBlockBytes)
        next = .allocate(byteCount: size, alignment: Self.alignment)
        end = next + size
        blocks.append(next)
    }
}

extension Scratch {
    /// The scratch as protobuf-c wants it. What it frees is only forgotten.
    static func allocator(_ scratch: UnsafeMutablePointer<Scratch>) -> ProtobufCAllocator {
        ProtobufCAllocator(
            alloc: { scratch, size in
                scratch?.assumingMemoryBound(to: Scratch.self).pointee.allocate(byteCount: Int(clamping: size))
            },
            free: { _, _ in },
            allocator_data: UnsafeMutableRawPointer(scratch)
        )
    }
}
