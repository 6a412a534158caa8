import CrierCore

/// Which names stand for which contents, in the key-value store: a key a name.
///
/// The value is text that an operator can read: content id, size, time, media type, with a space between each.
struct StoredNames: Sendable {
    private static let namespace = StoreNamespace(constant: "_files")

    let store: any KeyValueStore

    /// A name's entry, with the size of the content, which says what is missing when the bytes are.
    struct Entry: Sendable, Equatable {
        var name: FileName
        var binding: FileCatalogue.Binding
        var size: Int64
    }

    func all() async throws(FileStoreError) -> [Entry] {
        try await Self.translating { () async throws(KeyValueError) in
            var entries: [Entry] = []
            try await store.forEach(in: StoreScope(Self.namespace)) { entry in
                if let parsed = Self.parse(entry) { entries.append(parsed) }
            }
            return entries.sorted { $0.binding.createdAt < $1.binding.createdAt }
        }
    }

    /// Returns when the name is durable.
    func put(_ entry: Entry) async throws(FileStoreError) {
        let binding = entry.binding
        let text = "\(binding.digest) \(entry.size) \(binding.createdAt) \(binding.mediaType)"
        try await Self.translating { () async throws(KeyValueError) in
            _ = try await store.put(StoreKey(Self.namespace, entry.name.text), .string(text))
        }
    }

    func delete(_ name: FileName) async throws(FileStoreError) {
        try await Self.translating { () async throws(KeyValueError) in
            _ = try await store.delete(StoreKey(Self.namespace, name.text))
        }
    }

    /// nil for what is not a name's record, or cannot be read.
    static func parse(_ entry: StoreEntry) -> Entry? {
        guard case .string(let text) = entry.value, let name = try? FileName(entry.key.key, field: "name") else {
            return nil
        }
        let fields = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard
            fields.count == 4, case .content(let digest) = try? FileID(String(fields[0])),
            let size = Int64(fields[1]), let createdAt = Int64(fields[2])
        else { return nil }
        let binding = FileCatalogue.Binding(digest: digest, createdAt: createdAt, mediaType: String(fields[3]))
        return Entry(name: name, binding: binding, size: size)
    }

    /// Turns the store's refusals into what callers of the file store understand.
    static func translating<R>(
        _ body: () async throws(KeyValueError) -> R
    ) async throws(FileStoreError) -> R {
        do throws(KeyValueError) {
            return try await body()
        } catch {
            throw translate(error)
        }
    }

    private static func translate(_ error: KeyValueError) -> FileStoreError {
        switch error.code {
        case .quota: FileStoreError(.resourceExhausted, "the catalogue of files has no room: \(error.message)")
        case .unavailable, .indeterminate: FileStoreError(.unavailable, "the catalogue of files: \(error.message)")
        default: FileStoreError(.internalFault, "the catalogue of files: \(error)")
        }
    }
}
