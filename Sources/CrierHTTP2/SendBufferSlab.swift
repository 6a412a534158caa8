import CNGHTTP2
import Glibc

/// The memory of one loop's nghttp2 sessions: small blocks from a pool, and send buffers, each on pages of its own, so
/// that an idle connection can give them back to the system and keep the buffer. The rest is `malloc`'s.
///
/// A session allocates one buffer of a little over 16 KiB (the largest frame that a peer takes by default) and keeps it
/// for life; between frames its content means nothing. From `malloc` it costs one or two resident pages for ever; here
/// none while the connection is idle.
///
/// Belongs to its event loop, as do the sessions that allocate from it.
final class SendBufferSlab {
    /// Sizes that are a send buffer: from the frame itself to what fits a slot.
    private static let bufferSizes = 16 * 1024...slotBytes
    private static let slotBytes = 20 * 1024
    /// Slots that one mapping holds. 64 make 1.25 MiB of address space.
    private static let slotsPerRegion = 64

    /// A slot and who has it: nghttp2 may swap a session's buffer for a larger one, and the slot then gets a new
    /// tenant.
    struct Lease {
        let slot: UnsafeMutableRawPointer
        fileprivate let number: UInt32
    }

    private struct Region {
        let base: UnsafeMutableRawPointer
        /// The number of the lease that each slot has, or had last.
        var leases = [UInt32](repeating: 0, count: SendBufferSlab.slotsPerRegion)
        var end: UnsafeMutableRawPointer { base + SendBufferSlab.slotBytes * SendBufferSlab.slotsPerRegion }
    }

    @exclusivity(unchecked) private var blocks = BlockPool()
    /// Sorted by address.
    private var regions: [Region] = []
    private var free: [UnsafeMutableRawPointer] = []
    private var leaseCount: UInt32 = 0
    /// The lease that was given last: a new session's.
    private(set) var latest: Lease?

    deinit {
        for region in regions { munmap(region.base, Self.slotBytes * Self.slotsPerRegion) }
    }

    /// Calls `body` with an allocator for nghttp2, which copies it.
    func withAllocator<R>(_ body: (UnsafeMutablePointer<nghttp2_mem>) -> R) -> R {
        latest = nil
        var memory = nghttp2_mem(
            mem_user_data: Unmanaged.passUnretained(self).toOpaque(), malloc: Self.allocate, free: Self.release,
            calloc: Self.allocateZeroed, realloc: Self.reallocate
        )
        return body(&memory)
    }

    /// Gives the memory behind a lease back to the system, if the lease still holds; the slot reads as zeros
    /// afterwards.
    func giveBack(_ lease: Lease) {
        guard let region = region(of: lease.slot),
            regions[region].leases[index(of: lease.slot, in: region)] == lease.number
        else { return }
        madvise(lease.slot, Self.slotBytes, MADV_DONTNEED)
    }

    // MARK: Slots

    private func take() -> UnsafeMutableRawPointer? {
        if free.isEmpty { map() }
        guard let slot = free.popLast(), let region = region(of: slot) else { return nil }
        leaseCount &+= 1
        regions[region].leases[index(of: slot, in: region)] = leaseCount
        latest = Lease(slot: slot, number: leaseCount)
        return slot
    }

    /// False when the pointer is no slot of this slab.
    private func put(_ slot: UnsafeMutableRawPointer) -> Bool {
        guard let region = region(of: slot) else { return false }
        regions[region].leases[index(of: slot, in: region)] = 0
        madvise(slot, Self.slotBytes, MADV_DONTNEED)
        free.append(slot)
        return true
    }

    private func map() {
        let size = Self.slotBytes * Self.slotsPerRegion
        let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base = mapped, base != MAP_FAILED else { return }
        // Huge pages would make every slot resident at once.
        madvise(base, size, MADV_NOHUGEPAGE)
        let region = Region(base: base)
        regions.insert(region, at: regions.firstIndex { $0.base > base } ?? regions.count)
        for index in (0..<Self.slotsPerRegion).reversed() { free.append(base + index * Self.slotBytes) }
    }

    private func index(of slot: UnsafeMutableRawPointer, in region: Int) -> Int {
        (slot - regions[region].base) / Self.slotBytes
    }

    /// The region of a slot; nil for memory from `malloc`.
    private func region(of pointer: UnsafeMutableRawPointer) -> Int? {
        // Slots begin at a page; few other allocations do.
        guard UInt(bitPattern: pointer) & 4095 == 0 else { return nil }
        var low = 0
        var high = regions.count
        while low < high {
            let middle = (low + high) / 2
            if regions[middle].end <= pointer { low = middle + 1 } else { high = middle }
        }
        return low < regions.count && regions[low].base <= pointer ? low : nil
    }

    // MARK: What nghttp2 calls

    // Called by nghttp2 only, which knows no other way in, and within the life of the slab: `HTTP2Session` holds it.
    private static func with<R>(_ context: UnsafeMutableRawPointer?, _ body: (SendBufferSlab) -> R) -> R {
        Unmanaged<SendBufferSlab>.fromOpaque(context!)._withUnsafeGuaranteedRef(body)
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        if size <= BlockPool.largestBlock, let block = blocks.take(size) { return block }
        if Self.bufferSizes.contains(size), let slot = take() { return slot }
        return malloc(size)
    }

    private func release(_ pointer: UnsafeMutableRawPointer) {
        if blocks.put(pointer) || put(pointer) { return }
        Glibc.free(pointer)
    }

    private func reallocate(_ pointer: UnsafeMutableRawPointer, _ size: Int) -> UnsafeMutableRawPointer? {
        let held = blocks.size(of: pointer) ?? (region(of: pointer) == nil ? nil : Self.slotBytes)
        guard let held else { return realloc(pointer, size) }
        if size <= held { return pointer }
        guard let larger = allocate(size) else { return nil }
        larger.copyMemory(from: pointer, byteCount: held)
        release(pointer)
        return larger
    }

    private static let allocate: nghttp2_malloc = { size, context in with(context) { $0.allocate(size) } }

    private static let allocateZeroed: nghttp2_calloc = { count, size, context in
        with(context) { slab in
            guard count * size <= BlockPool.largestBlock, let block = slab.blocks.take(count * size) else {
                return calloc(count, size)
            }
            memset(block, 0, count * size)
            return block
        }
    }

    private static let release: nghttp2_free = { pointer, context in
        if let pointer { with(context) { $0.release(pointer) } }
    }

    // This is how nghttp2 allocates a buffer: by growing nothing.
    private static let reallocate: nghttp2_realloc = { pointer, size, context in
        with(context) { slab in pointer.map { slab.reallocate($0, size) } ?? slab.allocate(size) }
    }
}
