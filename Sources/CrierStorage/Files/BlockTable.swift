import CrierCodecs
import CrierCore
import NIOCore

/// What is known of a content's bytes beside the bytes: facts, the SHA-256 of every block and the CRC-32C of every
/// page.
///
/// On disk: a header of fixed layout with a checksum of its own, so that a start reads a hundred bytes a file, then the
/// digests and checksums with theirs. Integers are little-endian.
struct BlockTable: Sendable, Equatable {
    var content: FileCatalogue.Content
    /// 32 bytes a block, in order.
    var blockDigests: [UInt8]
    /// CRC-32C of every 64 KiB page, in order; the last page may be shorter.
    var pageChecksums: [UInt32]

    static func pageCount(fileSize: Int64) -> Int {
        Int((fileSize + Int64(FileStoreLimits.pageBytes) - 1) / Int64(FileStoreLimits.pageBytes))
    }
}

extension BlockTable {
    /// The header's bytes at most; the media type makes the difference.
    static let headerLimit = 64 + FileLimits.mediaTypeBytes

    private static let magic: UInt64 = 0x3142_4C42_5245_4952  // "RIERBLB1" as it stands in the file

    /// The bytes of the table's file.
    func encoded() -> [UInt8] {
        var header = ByteBuffer()
        header.writeInteger(Self.magic, endianness: .little)
        header.writeInteger(content.size, endianness: .little)
        header.writeInteger(content.blockSize, endianness: .little)
        header.writeInteger(content.createdAt, endianness: .little)
        header.writeInteger(UInt32(FileStoreLimits.pageBytes), endianness: .little)
        let mediaType = Array(content.mediaType.utf8.prefix(FileLimits.mediaTypeBytes))
        header.writeInteger(UInt16(mediaType.count), endianness: .little)
        header.writeBytes(mediaType)
        header.writeChecksum()

        var body = ByteBuffer()
        body.reserveCapacity(blockDigests.count + 4 * pageChecksums.count + 4)
        body.writeBytes(blockDigests)
        for checksum in pageChecksums { body.writeInteger(checksum, endianness: .little) }
        body.writeChecksum()
        return Array(header.readableBytesView) + Array(body.readableBytesView)
    }

    /// Nil when `bytes`, the first of a table's file, are no undamaged header. `count`: the header's bytes.
    static func header(_ bytes: [UInt8]) -> (content: FileCatalogue.Content, count: Int)? {
        var buffer = ByteBuffer(bytes: bytes)
        guard
            let magic: UInt64 = buffer.readInteger(endianness: .little), magic == Self.magic,
            let size: Int64 = buffer.readInteger(endianness: .little),
            let blockSize: Int64 = buffer.readInteger(endianness: .little),
            let createdAt: Int64 = buffer.readInteger(endianness: .little),
            let pageBytes: UInt32 = buffer.readInteger(endianness: .little), pageBytes == FileStoreLimits.pageBytes,
            let mediaTypeBytes: UInt16 = buffer.readInteger(endianness: .little),
            let mediaType = buffer.readString(length: Int(mediaTypeBytes)),
            let checksum: UInt32 = buffer.readInteger(endianness: .little)
        else { return nil }
        let count = bytes.count - buffer.readableBytes
        guard
            CRC32C.checksum(Array(bytes[..<(count - 4)])) == checksum,
            (0...FileLimits.fileBytes).contains(size), blockSize == BlockSize.forFile(ofSize: size)
        else { return nil }
        return (.init(size: size, blockSize: blockSize, createdAt: createdAt, mediaType: mediaType), count)
    }

    /// Bytes of the table's file for this content.
    static func fileBytes(headerCount: Int, content: FileCatalogue.Content) -> Int {
        let blocks = BlockSize.count(fileSize: content.size, blockSize: content.blockSize)
        return headerCount + blocks * ContentDigest.byteCount + pageCount(fileSize: content.size) * 4 + 4
    }

    /// Nil unless `bytes` are an undamaged table.
    init?(_ bytes: [UInt8]) {
        guard
            let (content, headerCount) = Self.header(bytes),
            bytes.count == Self.fileBytes(headerCount: headerCount, content: content)
        else { return nil }
        let body = bytes[headerCount...].dropLast(4)
        var rest = ByteBuffer(bytes: bytes[headerCount...])
        let digestBytes =
            BlockSize.count(fileSize: content.size, blockSize: content.blockSize) * ContentDigest.byteCount
        guard let digests = rest.readBytes(length: digestBytes) else { return nil }
        var checksums: [UInt32] = []
        checksums.reserveCapacity(Self.pageCount(fileSize: content.size))
        while checksums.count < Self.pageCount(fileSize: content.size) {
            guard let checksum: UInt32 = rest.readInteger(endianness: .little) else { return nil }
            checksums.append(checksum)
        }
        guard let checksum: UInt32 = rest.readInteger(endianness: .little), checksum == CRC32C.checksum(Array(body))
        else {
            return nil
        }
        self.init(content: content, blockDigests: digests, pageChecksums: checksums)
    }
}

extension ByteBuffer {
    /// Appends the CRC-32C of all readable bytes.
    mutating func writeChecksum() {
        let checksum = withUnsafeReadableBytes { CRC32C.checksum($0) }
        writeInteger(checksum, endianness: .little)
    }
}
