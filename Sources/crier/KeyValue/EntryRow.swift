import CrierClient

/// An entry as `--output json` shows it: REST's names, and the revision that REST has in a header.
struct EntryRow: Encodable {
    var namespace: String
    var key: String
    var type: String
    var value: String
    var revision: UInt64
    var createRevision: UInt64
    var version: UInt64
    /// Seconds since 1970, as all times in REST's answers.
    var updatedAt: Double
    var expiresAt: Double?
    var leaseId: UInt64?

    init(_ entry: KeyValueEntry) {
        (namespace, key) = (entry.namespace, entry.key)
        (type, value) = (entry.value.kind.rawValue, entry.value.text)
        (revision, createRevision, version) = (entry.revision, entry.createRevision, entry.version)
        updatedAt = Double(entry.updatedAt) / 1000
        expiresAt = entry.expiresAt.map { Double($0) / 1000 }
        leaseId = entry.leaseID
    }
}

extension KeyValueEntry {
    static let heading = ["KEY", "TYPE", "VALUE", "REVISION", "UPDATED", "EXPIRES"]

    /// The cells of a table below `heading`.
    var cells: [String] {
        let expires = leaseID.map { "lease \($0)" } ?? Timestamp.text(milliseconds: expiresAt ?? 0)
        return [
            Output.printable(key), value.kind.rawValue, value.shown, String(revision),
            Timestamp.text(milliseconds: updatedAt), expires,
        ]
    }
}

extension KeyValue {
    /// Characters of a value in a table; the rest is what `--output json` is for.
    private static let shownCharacters = 60

    /// The value on one line, cut to what a table has room for.
    var shown: String {
        let text = Output.printable(String(text.prefix(Self.shownCharacters + 1)))
        return text.count > Self.shownCharacters ? text.prefix(Self.shownCharacters - 1) + "…" : text
    }
}
