import CrierClient

/// One entry to import: a line of an export, or one that somebody wrote like an item of REST's batch.
struct ImportLine: Sendable {
    var key: String
    var value: KeyValue
    var expiry: KeyValueExpiry
    /// Its time was over before the import.
    var isExpired = false

    private static let known = ["key", "value", "type", "ttl", "expiresAt"]
    /// What `list --output json` and REST say of an entry, and an import decides anew.
    private static let ignored = ["namespace", "updatedAt", "revision", "createRevision", "version"]

    /// Throws `.invalidArgument` naming the line and what is allowed.
    init(_ bytes: [UInt8], number: Int, nowMilliseconds: Int64) throws(CrierClientError) {
        let place = "line \(number)"
        let tree = try JSONTree(bytes, source: place)
        let fields = try JSONObject(tree, place, known: Self.known + Self.ignored)
        (key, value, expiry) = (try fields.key(), try fields.value(), try fields.expiry())
        guard let expiresAt = try fields.double("expiresAt") else { return }
        guard expiry == .never else {
            throw CrierClientError(.invalidArgument, "\(place): ttl and expiresAt exclude each other")
        }
        guard expiresAt > 0, expiresAt < 9e12 else { throw fields.refused("expiresAt", "seconds since 1970") }
        let left = Int64((expiresAt * 1000).rounded()) - nowMilliseconds
        isExpired = left <= 0
        expiry = .after(.milliseconds(left))
    }

    /// Bytes that count towards the limit of a transaction.
    func byteCount(in namespace: String) -> Int { namespace.utf8.count + key.utf8.count + value.rawBytes.count }
}
