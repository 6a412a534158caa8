import Glibc

/// The small blocks of one loop's nghttp2 sessions. A unary call has nghttp2 ask for about seven of them and give them
/// back: here that is taking them from a list and putting them there again.
///
/// The blocks lie in one reserved region, so that an address alone tells whether a block is of this pool, and of what
/// size. Pages that were used once are kept: the region bounds them. Belongs to its event loop.
struct BlockPool: ~Copyable {
    /// The largest block, bytes. 512: streams, frames that wait, and short header lists; sessions and buffers are
    /// larger.
    static let largestBlock = 512

    /// Address space, bytes. 64 MiB: 100,000 open streams. Beyond it nghttp2 gets memory from `malloc`.
    private static let regionBytes = 64 << 20

    /// Blocks of one size lie together. 16 KiB: what each of the sizes in use costs at least.
    private static let pageBytes = 16 << 10

    /// Sizes are multiples of this.
    private static let unit = 32
    private static let sizes = largestBlock / unit

    /// Blocks of one size.
    private struct Shelf {
        /// The first free block; each holds the address of the next.
        var free: UnsafeMutableRawPointer?
        /// What is left of the last page.
        var unused: UnsafeMutableRawPointer?
        var unusedEnd: UnsafeMutableRawPointer?
    }

    private let region: UnsafeMutableRawPointer
    private let shelves: UnsafeMutablePointer<Shelf>
    /// The shelf of each page.
    private let shelfOfPage: UnsafeMutablePointer<UInt8>
    private var usedPages = 0
    private let pages: Int

    init() {
        let mapped = mmap(
            nil, Self.regionBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0
        )
        if let mapped, mapped != MAP_FAILED {
            region = mapped
            pages = Self.regionBytes / Self.pageBytes
            madvise(region, Self.regionBytes, MADV_NOHUGEPAGE)
        } else {
            // No block is ever at this address.
            region = UnsafeMutableRawPointer(bitPattern: UInt.max)!
            pages = 0
        }
        shelves = .allocate(capacity: Self.sizes)
        shelves.initialize(repeating: Shelf(), count: Self.sizes)
        shelfOfPage = .allocate(capacity: max(pages, 1))
        shelfOfPage.initialize(repeating: 0, count: max(pages, 1))
    }

    deinit {
        if pages > 0 { munmap(region, Self.regionBytes) }
        shelves.deallocate()
        shelfOfPage.deallocate()
    }

    /// A block of at least `size` bytes; nil when the region is used up.
    mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
        let index = max(size - 1, 0) / Self.unit
        let shelf = shelves + index
        if let block = shelf.pointee.free {
            let next = block.load(as: UnsafeMutableRawPointer?.self)
            shelf.pointee.free = next
            // The next taker reads where the one after it lies, and then writes to it.
            if let next { Prefetch.memory(next, bytes: 0..<64) }
            return block
        }
        let blockSize = (index + 1) * Self.unit
        if let block = shelf.pointee.unused, shelf.pointee.unusedEnd! - block >= blockSize {
            shelf.pointee.unused = block + blockSize
            return block
        }
        guard usedPages < pages else { return nil }
        let page = region + usedPages * Self.pageBytes
        shelfOfPage[usedPages] = UInt8(index)
        usedPages += 1
        shelf.pointee.unused = page + blockSize
        shelf.pointee.unusedEnd = page + Self.pageBytes
        return page
    }

    /// Bytes of the block at that address; nil when it is none of this pool.
    func size(of block: UnsafeMutableRawPointer) -> Int? {
        page(of: block).map { (Int(shelfOfPage[$0]) + 1) * Self.unit }
    }

    /// False when it is no block of this pool.
    func put(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let page = page(of: block) else { return false }
        let shelf = shelves + Int(shelfOfPage[page])
        block.storeBytes(of: shelf.pointee.free, as: UnsafeMutableRawPointer?.self)
        shelf.pointee.free = block
        return true
    }

    private func page(of block: UnsafeMutableRawPointer) -> Int? {
        let offset = UInt(bitPattern: block) &- UInt(bitPattern: region)
        return offset < UInt(pages * Self.pageBytes) ? Int(offset) / Self.pageBytes : nil
    }
}
