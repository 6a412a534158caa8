import CrierCodecs
import CrierCore
import NIOCore

/// A content that is open for reading, with its table. Shared by all that read it; closed with the last of them.
final class DiskFile: StoredFile {
    let digest: ContentDigest
    private let file: Descriptor
    private let table: BlockTable
    private let ledger: PageLedger
    private let now: @Sendable () -> NIODeadline
    /// Told once bytes are found that are not what was stored.
    private let reportDamage: @Sendable (String) -> Void

    init(
        digest: ContentDigest,
        file: consuming Descriptor,
        table: BlockTable,
        ledger: PageLedger,
        now: @escaping @Sendable () -> NIODeadline,
        reportDamage: @escaping @Sendable (String) -> Void
    ) {
        self.digest = digest
        self.file = file
        self.table = table
        self.ledger = ledger
        self.now = now
        self.reportDamage = reportDamage
    }

    var size: Int64 { table.content.size }
    var blockSize: Int64 { table.content.blockSize }

    func duplicateDescriptor() throws(FileStoreError) -> CInt {
        try translatingDiskFaults { () throws(DiskFault) in try file.duplicate() }
    }

    func blockDigests(_ blocks: Range<Int>) -> [UInt8] {
        let count = ContentDigest.byteCount
        return Array(table.blockDigests[(blocks.lowerBound * count)..<(blocks.upperBound * count)])
    }

    func prepare(_ range: Range<Int64>, chunkBytes: Int) throws(FileStoreError) -> [PreparedChunk] {
        precondition(range.lowerBound >= 0 && range.upperBound <= size, "a range of the file")
        guard !range.isEmpty else { return [] }
        try bringIn(pages(covering: range))
        var partial = PartialPage()
        var chunks: [PreparedChunk] = []
        for piece in ChunkCut(range, chunkBytes: chunkBytes) {
            let checksum = try checksum(of: piece, &partial)
            chunks.append(PreparedChunk(offset: piece.lowerBound, count: Int(piece.count), crc32c: checksum))
        }
        return chunks
    }

    func preparedAtOnce(_ range: Range<Int64>, chunkBytes: Int) -> [PreparedChunk]? {
        let pages = pages(covering: range)
        // A part of a page would have to be read for its checksum.
        guard bytes(of: pages) == range, chunkBytes >= FileStoreLimits.pageBytes else { return nil }
        guard ledger.areReady(pages, now: now()) else { return nil }
        return ChunkCut(range, chunkBytes: chunkBytes)
            .map { piece in
                let checksum = joinedChecksum(of: self.pages(covering: piece))
                return PreparedChunk(offset: piece.lowerBound, count: Int(piece.count), crc32c: checksum)
            }
    }

    func read(_ chunk: PreparedChunk) throws(FileStoreError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: chunk.count)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: chunk.count) { (target) throws(FileStoreError) in
            try readExactly(into: UnsafeMutableRawBufferPointer(rebasing: target[..<chunk.count]), at: chunk.offset)
        }
        guard buffer.withUnsafeReadableBytes({ CRC32C.checksum($0) }) == chunk.crc32c else {
            throw damage("the bytes at \(chunk.offset) are not what was stored")
        }
        return buffer
    }
}

extension DiskFile {
    /// A page that was read because a chunk covers only a part of it.
    private struct PartialPage {
        var page = -1
        var bytes: [UInt8] = []
    }

    private func pages(covering range: Range<Int64>) -> Range<Int> {
        let page = Int64(FileStoreLimits.pageBytes)
        return Int(range.lowerBound / page)..<Int((range.upperBound + page - 1) / page)
    }

    private func bytes(of pages: Range<Int>) -> Range<Int64> {
        let page = Int64(FileStoreLimits.pageBytes)
        return Int64(pages.lowerBound) * page..<min(Int64(pages.upperBound) * page, size)
    }

    /// After this the pages are in memory and proven. What is in memory and was proven before costs no read.
    private func bringIn(_ pages: Range<Int>) throws(FileStoreError) {
        let start = now()
        guard !ledger.areReady(pages, now: start) else { return }
        let resident = PageCache.residency(of: file, bytes(of: pages), pageBytes: FileStoreLimits.pageBytes)
        let absent = pages.filter { !resident[$0 - pages.lowerBound] }
        let wanted = Set(absent).union(ledger.unproven(in: pages)).sorted()
        if let first = absent.first, let last = absent.last {
            PageCache.readAhead(file, bytes(of: first..<(last + 1)))
        }
        try prove(wanted)
        ledger.saw(pages, at: start)
    }

    private func prove(_ pages: [Int]) throws(FileStoreError) {
        guard !pages.isEmpty else { return }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileStoreLimits.pageBytes, alignment: 64)
        defer { buffer.deallocate() }
        for page in pages { try prove(page, buffer) }
    }

    /// Reads a page into `buffer`, and returns how many bytes it has. Throws DATA_LOSS unless they are what was stored.
    @discardableResult
    private func prove(_ page: Int, _ buffer: UnsafeMutableRawBufferPointer) throws(FileStoreError) -> Int {
        let range = bytes(of: page..<(page + 1))
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(range.count)])
        try readExactly(into: target, at: range.lowerBound)
        guard CRC32C.checksum(UnsafeRawBufferPointer(target)) == table.pageChecksums[page] else {
            throw damage("the bytes at \(range.lowerBound) are not what was stored")
        }
        ledger.proved(page)
        return target.count
    }

    private func joinedChecksum(of pages: Range<Int>) -> UInt32 {
        pages.dropFirst()
            .reduce(table.pageChecksums[pages.lowerBound]) { sum, page in
                let count = bytes(of: page..<(page + 1)).count
                return CRC32C.combine(sum, table.pageChecksums[page], lengthB: count)
            }
    }

    /// Joins the checksums of whole pages; parts of pages are read, proven with their page, and summed.
    private func checksum(of range: Range<Int64>, _ partial: inout PartialPage) throws(FileStoreError) -> UInt32 {
        var result: UInt32 = 0
        for page in pages(covering: range) {
            let whole = bytes(of: page..<(page + 1))
            let piece = whole.clamped(to: range)
            let sum = piece == whole ? table.pageChecksums[page] : try checksum(of: piece, in: page, &partial)
            result = piece.lowerBound == range.lowerBound ? sum : CRC32C.combine(result, sum, lengthB: piece.count)
        }
        return result
    }

    private func checksum(
        of piece: Range<Int64>, in page: Int, _ partial: inout PartialPage
    ) throws(FileStoreError) -> UInt32 {
        if partial.page != page {
            var bytes = [UInt8](repeating: 0, count: FileStoreLimits.pageBytes)
            let got: Result<Int, FileStoreError> = bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(FileStoreError) in try prove(page, buffer) }
            }
            bytes.removeLast(bytes.count - (try got.get()))
            partial = PartialPage(page: page, bytes: bytes)
        }
        let start = Int(piece.lowerBound - Int64(page) * Int64(FileStoreLimits.pageBytes))
        return partial.bytes.withUnsafeBytes { bytes in
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + Int(piece.count))]))
        }
    }

    @discardableResult
    private func readExactly(
        into target: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(FileStoreError) -> Int {
        let got = try translatingDiskFaults { () throws(DiskFault) in try file.read(into: target, at: offset) }
        guard got == target.count else { throw damage("the file ends at \(offset + Int64(got)) instead of \(size)") }
        return got
    }

    private func damage(_ detail: String) -> FileStoreError {
        reportDamage(detail)
        return .damaged(digest, detail)
    }
}
