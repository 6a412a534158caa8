/// The name of a client: 1 to 255 bytes of UTF-8 without control characters.
///
/// Two ids are the same when their bytes are; Unicode's canonical equivalence would let one client pass for another.
/// The hash is computed once, when the id is made, since the registry needs it for its shard and again for its table.
public struct ClientID: Sendable {
    public let rawValue: String
    private let hash: Int

    /// Throws INVALID_ARGUMENT naming `field` when the text is not a client id.
    public init(validating text: String, field: String = "client_id") throws(GatewayError) {
        let count = text.utf8.count
        guard Limits.clientIDBytes.contains(count) else {
            let allowed = "\(Limits.clientIDBytes.lowerBound) to \(Limits.clientIDBytes.upperBound) are allowed"
            throw GatewayError(.invalidArgument, field: field, "\(field) has \(count) bytes of UTF-8; \(allowed)")
        }
        if let offset = text.offsetOfControlCharacter {
            throw GatewayError(
                .invalidArgument,
                field: field,
                "\(field) has a control character at byte \(offset); none are allowed, NUL included"
            )
        }
        rawValue = text
        hash = text.hashOfBytes
    }

    /// Chooses the shard of a table; equal ids choose the same. By the high bits: within a shard, tables choose places
    /// by the low ones, which would be the same for all of its ids otherwise.
    func shard(of count: Int) -> Int { Int(UInt(bitPattern: hash).multipliedFullWidth(by: UInt(count)).high) }
}

extension ClientID: Hashable {
    public static func == (left: ClientID, right: ClientID) -> Bool {
        left.hash == right.hash && left.rawValue.hasSameBytes(as: right.rawValue)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    // `hash` is the keyed hash of the bytes already: tables need not hash it a second time. The price: a table that is
    // filled in the order of another one wants its room reserved first, since both have the same order of places.
    public func _rawHashValue(seed: Int) -> Int { hash ^ seed }
}

extension ClientID: Comparable {
    /// The order of the bytes, which listings page by.
    public static func < (left: ClientID, right: ClientID) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }
}

extension ClientID: CustomStringConvertible {
    public var description: String { rawValue }
}
