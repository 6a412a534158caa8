import CrierCodecs
import CrierCore
import Crypto

/// Digests a file while it comes: the whole, every block, every page.
struct Ingest {
    private let blockSize: Int
    private var whole = SHA256()
    private var block = SHA256()
    private var blockFill = 0
    private var page: UInt32 = 0
    private var pageFill = 0
    private var blockDigests: [UInt8] = []
    private var pageChecksums: [UInt32] = []

    /// `fileSize`: what the file will have; the size of a block depends on it.
    init(fileSize: Int64) { blockSize = Int(BlockSize.forFile(ofSize: fileSize)) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        whole.update(bufferPointer: bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            // A block is a whole number of pages: no piece crosses either border.
            let piece = rest.prefix(FileStoreLimits.pageBytes - pageFill)
            take(UnsafeRawBufferPointer(rebasing: piece))
            rest = rest.dropFirst(piece.count)
        }
    }

    private mutating func take(_ piece: UnsafeRawBufferPointer) {
        block.update(bufferPointer: piece)
        page = CRC32C.checksum(piece, continuing: page)
        blockFill += piece.count
        pageFill += piece.count
        if pageFill == FileStoreLimits.pageBytes { endPage() }
        if blockFill == blockSize { endBlock() }
    }

    private mutating func endPage() {
        pageChecksums.append(page)
        page = 0
        pageFill = 0
    }

    private mutating func endBlock() {
        blockDigests += Array(block.finalize())
        block = SHA256()
        blockFill = 0
    }

    /// The digest of everything, and the tables.
    consuming func finish() -> (digest: ContentDigest, blockDigests: [UInt8], pageChecksums: [UInt32]) {
        if pageFill > 0 { endPage() }
        if blockFill > 0 { endBlock() }
        return (ContentDigest(whole.finalize()), blockDigests, pageChecksums)
    }
}

extension Ingest {
    /// Digests the first `count` bytes of a file. Blocks. False when the file has fewer.
    mutating func update(_ file: borrowing Descriptor, count: Int64) throws(DiskFault) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileStoreLimits.digestReadBytes, alignment: 64)
        defer { buffer.deallocate() }
        var done: Int64 = 0
        while done < count {
            let wanted = Int(min(Int64(buffer.count), count - done))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            guard try file.read(into: target, at: done) == wanted else { return false }
            update(UnsafeRawBufferPointer(target))
            done += Int64(wanted)
        }
        return true
    }
}
