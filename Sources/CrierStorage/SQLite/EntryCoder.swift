import CSQLite
import CrierCodecs
import CrierCore

/// An entry as a blob of the database, without its key, which has columns of its own.
///
/// ```
/// byte 0   layout, 2
/// byte 1   bits 0…3 type of the value, bit 4 compressed, bits 5…6 expiry: 0 never, 1 its own, 2 a lease
/// then     varints: create revision, revision - create revision, version, updated at;
///          its own expiry: milliseconds, expires at; a lease: id; compressed: bytes of the value
/// then     the value, or one zstd frame of it
/// ```
///
/// Layout 1, which is still read: type in byte 1, then the four numbers with 8 bytes each, little-endian, then the
/// value.
///
/// It holds the zstd contexts, so every connection has its own.
final class EntryCoder {
    private static let layout: UInt8 = 2
    private static let compressedFlag: UInt8 = 0x10

    private var compressor: ZstdCompressor?
    private var decompressor: ZstdDecompressor?

    /// Appends the blob of `entry`.
    func append(_ entry: StoreEntry, to bytes: inout [UInt8]) {
        let frame = compressed(entry.value)
        bytes.append(Self.layout)
        bytes.append(
            entry.value.typeCode | (frame == nil ? 0 : Self.compressedFlag) | entry.expiry.typeCode << 5
        )
        Varint.append(entry.createRevision, to: &bytes)
        Varint.append(entry.revision - entry.createRevision, to: &bytes)
        Varint.append(entry.version, to: &bytes)
        Varint.append(UInt64(bitPattern: entry.updatedAt), to: &bytes)
        switch entry.expiry {
        case .never: break
        case .after(let milliseconds):
            Varint.append(UInt64(bitPattern: milliseconds), to: &bytes)
            Varint.append(UInt64(bitPattern: entry.expiresAt ?? 0), to: &bytes)
        case .lease(let id): Varint.append(id.rawValue, to: &bytes)
        }
        if let frame {
            Varint.append(UInt64(entry.value.byteCount), to: &bytes)
            bytes.append(contentsOf: frame)
        } else {
            entry.value.appendBytes(to: &bytes)
        }
    }

    /// Throws SQLITE_CORRUPT: the bytes are not what `append` makes.
    func decode(_ bytes: UnsafeRawBufferPointer, _ key: StoreKey) throws(SQLiteError) -> StoreEntry {
        let entry = bytes.first == 1 ? LayoutOneEntry.decode(bytes, key) : decodeCurrent(bytes, key)
        guard let entry else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: "the entry of \(key) cannot be read: \(bytes.count) bytes")
        }
        return entry
    }

    private func decodeCurrent(_ bytes: UnsafeRawBufferPointer, _ key: StoreKey) -> StoreEntry? {
        guard bytes.count > 2, bytes[0] == Self.layout else { return nil }
        let head = bytes[1]
        var rest = VarintReader(UnsafeRawBufferPointer(rebasing: bytes[2...]))
        guard let created = rest.next(), let age = rest.next(), let version = rest.next(),
            let updatedAt = rest.next(), let expiry = Self.expiry(head >> 5 & 3, &rest)
        else { return nil }
        let isCompressed = head & Self.compressedFlag != 0
        guard let value = value(head & 0x0f, isCompressed: isCompressed, &rest) else { return nil }
        return StoreEntry(
            key: key,
            value: value,
            createRevision: created,
            revision: created &+ age,
            version: version,
            updatedAt: Int64(bitPattern: updatedAt),
            expiry: expiry.0,
            expiresAt: expiry.1
        )
    }

    private static func expiry(_ code: UInt8, _ rest: inout VarintReader) -> (StoreExpiry, Int64?)? {
        switch code {
        case 0: return (.never, nil)
        case 1:
            guard let milliseconds = rest.next(), let at = rest.next() else { return nil }
            return (.after(milliseconds: Int64(bitPattern: milliseconds)), Int64(bitPattern: at))
        case 2: return rest.next().map { (.lease(StoreLease.ID($0)), nil) }
        default: return nil
        }
    }

    private func value(_ code: UInt8, isCompressed: Bool, _ rest: inout VarintReader) -> StoreValue? {
        guard isCompressed else { return StoreValue(typeCode: code, rest.rest) }
        // The limit of a value is the limit here: a damaged number must not reserve more.
        guard let count = rest.next(), count <= UInt64(KeyValueLimits.valueBytes) else { return nil }
        do throws(CodecError) {
            if decompressor == nil { decompressor = try ZstdDecompressor() }
            guard let bytes = try decompressor?.decompress(rest.rest, limit: Int(count)), bytes.count == Int(count)
            else { return nil }
            return bytes.withUnsafeBytes { StoreValue(typeCode: code, $0) }
        } catch {
            return nil
        }
    }

    /// nil: it is small, or compressing it would save too little. Without memory for zstd, values are kept as they are.
    private func compressed(_ value: StoreValue) -> [UInt8]? {
        let count = value.byteCount
        guard count >= SQLiteLimits.compressedValueBytes else { return nil }
        if compressor == nil { compressor = try? ZstdCompressor() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        value.appendBytes(to: &bytes)
        let limit = count - count * SQLiteLimits.compressionSavingPercent / 100
        return bytes.withUnsafeBytes { try? compressor?.compress($0, limit: limit) }
    }
}

extension StoreExpiry {
    fileprivate var typeCode: UInt8 {
        switch self {
        case .never: 0
        case .after: 1
        case .lease: 2
        }
    }
}
