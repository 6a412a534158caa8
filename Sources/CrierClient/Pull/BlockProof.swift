import Crypto

/// Proves by hashing how much of a part is what the file begins with.
enum BlockProof {
    /// The first byte that must still be pulled, and the digest of everything before it, still running.
    struct Result {
        var firstMissing: Int64
        var hasher: SHA256
    }

    /// Block by block against the gateway's table, up to the first that is missing, short or wrong.
    static func prove(
        _ file: DiskFile,
        fileSize: Int64,
        against table: BlockTable
    ) throws(CrierClientError) -> Result {
        let available = min(fileSize, try file.status().size)
        var result = Result(firstMissing: 0, hasher: SHA256())
        let buffer = HashBuffer()
        for block in 0..<table.count {
            let end = min(fileSize, result.firstMissing + table.blockSize)
            guard end <= available else { break }
            var blockHasher = SHA256()
            // Fed only from blocks that prove right, so a copy is what a wrong block leaves behind.
            var whole = result.hasher
            try buffer.feed(file, result.firstMissing..<end) { bytes in
                blockHasher.update(bufferPointer: bytes)
                whole.update(bufferPointer: bytes)
            }
            guard blockHasher.finalize().elementsEqual(table.digest(of: block)) else { break }
            result = Result(firstMissing: end, hasher: whole)
        }
        return result
    }

    /// Without a table the recorded length must be believed; the digest of the whole file judges it in the end.
    static func believe(_ file: DiskFile, durable: Int64) throws(CrierClientError) -> Result {
        let available = min(durable, try file.status().size)
        var hasher = SHA256()
        try HashBuffer().feed(file, 0..<available) { hasher.update(bufferPointer: $0) }
        return Result(firstMissing: available, hasher: hasher)
    }
}

/// Reads a range of a file through one buffer of a fixed size.
final class HashBuffer {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Limits.hashBufferBytes, alignment: 64)

    deinit { buffer.deallocate() }

    /// Throws `.truncated` when the file ends inside the range.
    func feed(
        _ file: DiskFile,
        _ range: Range<Int64>,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(CrierClientError) {
        var position = range.lowerBound
        while position < range.upperBound {
            let wanted = Int(min(Int64(buffer.count), range.upperBound - position))
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: position)
            guard count == wanted else {
                throw CrierClientError(.truncated, "\(file.name) ended at byte \(position + Int64(count))")
            }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += Int64(count)
        }
    }
}
