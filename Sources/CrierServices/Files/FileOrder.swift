import CrierCore
import CrierMessages

/// A checked request for a file: what is meant and which part of it.
struct FileOrder: Sendable, Equatable {
    let file: FileDescription
    /// Bytes that are wanted; empty at the end of the file.
    let range: Range<Int64>

    /// Checks the request against what is there now. Throws INVALID_ARGUMENT naming the field, NOT_FOUND, DATA_LOSS,
    /// FAILED_PRECONDITION with the current digest, OUT_OF_RANGE with the size.
    init(_ request: FileRequest, in catalogue: FileCatalogue) throws(FileStoreError) {
        let id = try FileID(request.fileID)
        for (field, value) in [
            ("offset", request.offset), ("length", request.length), ("max_bytes_per_second", request.maxBytesPerSecond),
        ] where value < 0 {
            throw .invalidArgument(field, "\(value)", "is negative; 0 and more are allowed")
        }
        file = try catalogue.description(of: id)
        try Self.check(request.ifSHA256, is: file.digest)
        guard request.offset <= file.size else {
            throw FileStoreError(.outOfRange, "offset \(request.offset) is beyond the end of the file at \(file.size)")
        }
        let rest = file.size - request.offset
        let length = request.length == 0 ? rest : min(request.length, rest)
        range = request.offset..<(request.offset + length)
    }

    /// Throws unless the condition is absent or holds.
    static func check(_ condition: [UInt8], is digest: ContentDigest) throws(FileStoreError) {
        guard !condition.isEmpty else { return }
        guard let wanted = ContentDigest(condition) else {
            throw .invalidArgument(
                "if_sha256", "of \(condition.count) bytes",
                "is no digest; 0 or \(ContentDigest.byteCount) bytes are allowed"
            )
        }
        guard wanted == digest else {
            throw FileStoreError(
                .failedPrecondition, "if_sha256 is \(wanted.hex) and the file's digest is \(digest.hex)")
        }
    }
}
