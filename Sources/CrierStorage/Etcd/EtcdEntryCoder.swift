import CrierCore
import CrierMessages

/// An entry as a value of etcd, which keeps key, revisions, version and lease itself.
///
/// ```
/// byte 0   layout, 1
/// byte 1   bits 0…3 type of the value, bits 5…6 expiry: 0 never, 1 its own, 2 with the lease that the key hangs on
/// then     varints: updated at; its own expiry: milliseconds, expires at
/// then     the value
/// ```
enum EtcdEntryCoder {
    private static let layout: UInt8 = 1

    /// What etcd is to keep of the entry.
    static func encode(_ entry: StoreEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entry.value.byteCount + 32)
        bytes.append(layout)
        bytes.append(entry.value.typeCode | entry.expiry.code << 5)
        Varint.append(UInt64(bitPattern: entry.updatedAt), to: &bytes)
        if case .after(let milliseconds) = entry.expiry {
            Varint.append(UInt64(bitPattern: milliseconds), to: &bytes)
            Varint.append(UInt64(bitPattern: entry.expiresAt ?? 0), to: &bytes)
        }
        entry.value.appendBytes(to: &bytes)
        return bytes
    }

    /// nil: somebody else wrote it, or a later version of this program.
    static func decode(_ keyValue: Etcd.KeyValue, _ key: StoreKey) -> StoreEntry? {
        keyValue.value.withUnsafeBytes { bytes -> StoreEntry? in
            guard bytes.count > 2, bytes[0] == layout else { return nil }
            var rest = VarintReader(UnsafeRawBufferPointer(rebasing: bytes[2...]))
            guard let updatedAt = rest.next(),
                let (expiry, expiresAt) = expiry(bytes[1] >> 5 & 3, lease: keyValue.lease, &rest),
                let value = StoreValue(typeCode: bytes[1] & 0x0f, rest.rest)
            else { return nil }
            return StoreEntry(
                key: key,
                value: value,
                createRevision: UInt64(bitPattern: keyValue.createRevision),
                revision: UInt64(bitPattern: keyValue.modRevision),
                version: UInt64(bitPattern: keyValue.version),
                updatedAt: Int64(bitPattern: updatedAt),
                expiry: expiry,
                expiresAt: expiresAt
            )
        }
    }

    private static func expiry(_ code: UInt8, lease: Int64, _ rest: inout VarintReader) -> (StoreExpiry, Int64?)? {
        switch code {
        case 0: return (.never, nil)
        case 1:
            guard let milliseconds = rest.next(), let at = rest.next() else { return nil }
            return (.after(milliseconds: Int64(bitPattern: milliseconds)), Int64(bitPattern: at))
        case 2: return (.lease(StoreLease.ID(UInt64(bitPattern: lease))), nil)
        default: return nil
        }
    }
}

extension StoreExpiry {
    fileprivate var code: UInt8 {
        switch self {
        case .never: 0
        case .after: 1
        case .lease: 2
        }
    }
}
