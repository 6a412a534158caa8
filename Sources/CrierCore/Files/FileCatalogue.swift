import Synchronization

/// What the store holds, in memory: which names stand for which bytes, and which nodes of a cluster have them.
///
/// Look-ups are synchronous and quick enough for every push; the store that owns the catalogue changes it after the
/// change is durable.
public final class FileCatalogue: Sendable {
    /// A content as stored, independent of names.
    public struct Content: Sendable, Equatable {
        public var size: Int64
        public var blockSize: Int64
        /// Milliseconds since 1970.
        public var createdAt: Int64
        public var mediaType: String

        public init(size: Int64, blockSize: Int64, createdAt: Int64, mediaType: String) {
            self.size = size
            self.blockSize = blockSize
            self.createdAt = createdAt
            self.mediaType = mediaType
        }
    }

    /// What a name stands for.
    public struct Binding: Sendable, Equatable {
        public var digest: ContentDigest
        /// Milliseconds since 1970.
        public var createdAt: Int64
        public var mediaType: String

        public init(digest: ContentDigest, createdAt: Int64, mediaType: String) {
            self.digest = digest
            self.createdAt = createdAt
            self.mediaType = mediaType
        }
    }

    private struct State {
        var contents: [ContentDigest: Content] = [:]
        /// Why a content cannot be served. Its facts stay in `contents`, so that it can still be listed and deleted.
        var damage: [ContentDigest: String] = [:]
        var bindings: [FileName: Binding] = [:]
        /// The names of each content, newest last.
        var names: [ContentDigest: [FileName]] = [:]
        /// What is known of contents whatever this node holds of them.
        var known: [ContentDigest: Content] = [:]
        /// The other nodes that hold a content.
        var holders: [ContentDigest: Set<String>] = [:]
    }

    private let nodeID: String
    private let state = Mutex(State())

    /// `nodeID`: the node that holds what this catalogue lists.
    public init(nodeID: String) { self.nodeID = nodeID }

    /// What `id` stands for. Throws NOT_FOUND, or DATA_LOSS when the bytes are known to be damaged, unless those too
    /// are wanted: no node holds them then.
    public func description(of id: FileID, evenDamaged: Bool = false) throws(FileStoreError) -> FileDescription {
        try state.withLock { (state) throws(FileStoreError) in
            let (digest, name) = try Self.resolve(id, in: state)
            if let damage = state.damage[digest], !evenDamaged, state.holders[digest] == nil {
                throw .damaged(digest, damage)
            }
            guard let description = describe(digest, name: name, in: state) else { throw .notFound(id) }
            return description
        }
    }

    /// Every name that begins with `prefix`, in the order of names; with an empty prefix also what lost its last name.
    /// What is damaged is listed without a node.
    public func list(prefix: String) -> [FileDescription] {
        state.withLock { state in
            let names = state.bindings.keys.filter { $0.text.utf8.starts(with: prefix.utf8) }
            let named = names.sorted()
                .compactMap { name in
                    state.bindings[name].flatMap { describe($0.digest, name: name, in: state) }
                }
            guard prefix.isEmpty else { return named }
            let nameless = Set(state.contents.keys).union(state.known.keys).filter { state.names[$0] == nil }
            return named
                + nameless.compactMap { describe($0, name: nil, in: state) }.sorted { $0.createdAt < $1.createdAt }
        }
    }

    /// How many contents there are, and their bytes together.
    public var totals: (files: Int, bytes: Int64) {
        state.withLock { ($0.contents.count, $0.contents.values.reduce(0) { $0 + $1.size }) }
    }
}

// MARK: - Changes, by the store that owns the catalogue

extension FileCatalogue {
    /// Bytes came, or came back: what was damaged is whole again.
    public func add(_ content: Content, digest: ContentDigest) {
        state.withLock {
            $0.contents[digest] = content
            $0.damage[digest] = nil
        }
    }

    /// What another node, or a name, says of a content; its bytes need not be here.
    public func know(_ content: Content, digest: ContentDigest) {
        state.withLock { $0.known[digest] = content }
    }

    /// Another node holds the content.
    public func add(holder node: String, of digest: ContentDigest) {
        guard node != nodeID else { return }
        state.withLock { _ = $0.holders[digest, default: []].insert(node) }
    }

    /// Another node holds the content no more. What nobody holds and no name stands for is forgotten.
    public func remove(holder node: String, of digest: ContentDigest) {
        state.withLock { state in
            state.holders[digest]?.remove(node)
            if state.holders[digest]?.isEmpty == true { state.holders[digest] = nil }
            Self.forgetUnused(digest, in: &state)
        }
    }

    /// The name stands for these bytes from now on.
    public func bind(_ name: FileName, to binding: Binding) {
        state.withLock {
            Self.unbind(name, in: &$0)
            $0.bindings[name] = binding
            $0.names[binding.digest, default: []].append(name)
        }
    }

    /// The name stands for nothing any more.
    public func unbind(_ name: FileName) {
        state.withLock { Self.unbind(name, in: &$0) }
    }

    /// The bytes are gone. Names that stand for them are the caller's to unbind.
    public func remove(_ digest: ContentDigest) {
        state.withLock {
            $0.contents[digest] = nil
            $0.damage[digest] = nil
            Self.forgetUnused(digest, in: &$0)
        }
    }

    /// The bytes must not be served any more; `detail` says what is wrong with them. `content`: what they should be,
    /// where the catalogue does not know it yet.
    public func markDamaged(_ digest: ContentDigest, _ detail: String, content: Content? = nil) {
        state.withLock {
            if let content { $0.contents[digest] = content }
            $0.damage[digest] = detail
        }
    }

    /// Nil for unknown and for damaged bytes.
    public func content(_ digest: ContentDigest) -> Content? {
        state.withLock { $0.damage[digest] == nil ? $0.contents[digest] : nil }
    }

    /// Every content that this node holds.
    public var heldHere: [ContentDigest: Content] {
        state.withLock { state in state.contents.filter { state.damage[$0.key] == nil } }
    }

    /// The other nodes that hold a content.
    public func holders(of digest: ContentDigest) -> Set<String> {
        state.withLock { $0.holders[digest] ?? [] }
    }

    /// Every content that other nodes hold, with those nodes.
    public var heldElsewhere: [ContentDigest: Set<String>] { state.withLock { $0.holders } }

    /// Every name, with what it stands for.
    public var bindings: [FileName: Binding] { state.withLock { $0.bindings } }

    /// Nil for a name that stands for nothing.
    public func binding(of name: FileName) -> Binding? {
        state.withLock { $0.bindings[name] }
    }

    /// The names that stand for a content, newest last.
    public func names(of digest: ContentDigest) -> [FileName] {
        state.withLock { $0.names[digest] ?? [] }
    }
}

extension FileCatalogue {
    private static func resolve(_ id: FileID, in state: State) throws(FileStoreError) -> (ContentDigest, FileName?) {
        switch id {
        case .content(let digest):
            return (digest, state.names[digest]?.last)
        case .name(let name):
            guard let binding = state.bindings[name] else { throw .notFound(id) }
            return (binding.digest, name)
        }
    }

    private func describe(_ digest: ContentDigest, name: FileName?, in state: State) -> FileDescription? {
        guard let content = state.contents[digest] ?? state.known[digest] else { return nil }
        let isHere = state.contents[digest] != nil && state.damage[digest] == nil
        let binding = name.flatMap { state.bindings[$0] }
        return FileDescription(
            digest: digest,
            name: name?.text ?? "",
            size: content.size,
            blockSize: content.blockSize,
            createdAt: binding?.createdAt ?? content.createdAt,
            mediaType: binding?.mediaType ?? content.mediaType,
            nodes: ((isHere ? [nodeID] : []) + (state.holders[digest] ?? [])).sorted()
        )
    }

    private static func unbind(_ name: FileName, in state: inout State) {
        guard let old = state.bindings.removeValue(forKey: name) else { return }
        state.names[old.digest]?.removeAll { $0 == name }
        if state.names[old.digest]?.isEmpty == true { state.names[old.digest] = nil }
        forgetUnused(old.digest, in: &state)
    }

    private static func forgetUnused(_ digest: ContentDigest, in state: inout State) {
        if state.holders[digest] == nil, state.names[digest] == nil { state.known[digest] = nil }
    }
}
