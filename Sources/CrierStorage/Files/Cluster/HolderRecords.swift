import CrierCore

/// Which node holds which content, in the namespace that also has the names: a key a copy, `holders/<digest>/<node>`.
///
/// The value is text that an operator can read: size, time and media type, with a space between each. No name of a file
/// has a slash, so the two kinds of keys cannot meet.
struct HolderRecords: Sendable {
    static let namespace = StoreNamespace(constant: "_files")
    static let prefix = "holders/"

    let store: any KeyValueStore
    /// This node.
    let node: String

    struct Record: Sendable, Equatable {
        var digest: ContentDigest
        var node: String
        var content: FileCatalogue.Content
    }

    /// Says that this node has the content.
    func put(_ digest: ContentDigest, _ content: FileCatalogue.Content) async throws(FileStoreError) {
        try await StoredNames.translating { () async throws(KeyValueError) in
            let key = try StoreKey(Self.namespace, "\(Self.prefix)\(digest.hex)/\(node)")
            _ = try await store.put(key, .string("\(content.size) \(content.createdAt) \(content.mediaType)"))
        }
    }

    /// Whether this node's record is there.
    func isThere(_ digest: ContentDigest) async throws(FileStoreError) -> Bool {
        try await StoredNames.translating { () async throws(KeyValueError) -> Bool in
            let key = try StoreKey(Self.namespace, "\(Self.prefix)\(digest.hex)/\(node)")
            return try await store.get(key).entry != nil
        }
    }

    /// Says that nobody should have the content any more.
    func deleteAll(of digest: ContentDigest) async throws(FileStoreError) {
        try await StoredNames.translating { () async throws(KeyValueError) in
            _ = try await store.delete(Self.namespace, prefix: "\(Self.prefix)\(digest.hex)/")
        }
    }

    /// Whose copy of what a key is about; nil when it is another kind of key.
    static func subject(of key: StoreKey) -> (digest: ContentDigest, node: String)? {
        let parts = key.key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "holders", let digest = ContentDigest(hex: parts[1]), !parts[2].isEmpty
        else { return nil }
        return (digest, String(parts[2]))
    }

    /// nil for what is not a holder's record, or cannot be read.
    static func parse(_ entry: StoreEntry) -> Record? {
        guard let (digest, node) = subject(of: entry.key), case .string(let text) = entry.value else { return nil }
        let fields = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, let size = Int64(fields[0]), let createdAt = Int64(fields[1]),
            (0...FileLimits.fileBytes).contains(size)
        else { return nil }
        let content = FileCatalogue.Content(
            size: size, blockSize: BlockSize.forFile(ofSize: size), createdAt: createdAt, mediaType: String(fields[2])
        )
        return Record(digest: digest, node: node, content: content)
    }
}
