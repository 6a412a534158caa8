public import CrierCore
import Logging
import NIOCore

/// The files of a cluster as one of its nodes serves them: its own from the disk, the others from the nodes that have
/// them, which it then has too.
///
/// Names and copies are records in the store that the nodes share. `run()` follows them and brings files; without it
/// nothing of other nodes is seen.
public final class ClusterFileStore: FileStore, FileReplicas {
    let disk: DiskFileStore
    let records: HolderRecords
    private let shared: SharedCatalogue
    private let peers: any PeerFiles
    private let pulls: FilePulls
    /// How many nodes should have a file.
    private let replicas: Int

    /// - Parameters:
    ///   - disk: what this node has; its names must be in `keyValue`.
    ///   - keyValue: what the nodes share.
    ///   - node: this node's name.
    ///   - replicas: how many nodes should have a file when its upload is answered, 1 at least.
    public init(
        _ disk: DiskFileStore,
        keyValue: any KeyValueStore,
        node: String,
        peers: any PeerFiles,
        replicas: Int
    ) {
        self.disk = disk
        self.peers = peers
        self.replicas = max(replicas, 1)
        let records = HolderRecords(store: keyValue, node: node)
        self.records = records
        shared = SharedCatalogue(store: keyValue, disk: disk, records: records)
        pulls = FilePulls(disk, peers)
    }

    /// Follows the cluster's records and brings files, until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.shared.run() }
            group.addTask { await self.pulls.run { await self.register($0) } }
        }
    }

    private func register(_ digest: ContentDigest) async {
        if let content = catalogue.content(digest) { await shared.register(digest, content) }
    }

    // MARK: Reading

    public var catalogue: FileCatalogue { disk.catalogue }

    /// What is not here begins to come: it can be read meanwhile.
    public func open(_ digest: ContentDigest) throws(FileStoreError) -> any StoredFile {
        if catalogue.content(digest) != nil { return try disk.open(digest) }
        return try pulling(catalogue.description(of: .content(digest)))
    }

    private func pulling(_ file: FileDescription) throws(FileStoreError) -> PullingFile {
        let content = FileCatalogue.Content(
            size: file.size, blockSize: file.blockSize, createdAt: file.createdAt, mediaType: file.mediaType
        )
        return try pulls.file(file.digest, content)
    }

    // MARK: Uploading

    public func beginUpload(_ beginning: UploadBeginning) async throws(FileStoreError) -> UploadStart {
        switch try await disk.beginUpload(beginning) {
        case .ready(let upload): return .ready(ClusterUpload(upload, self))
        case .complete(let file): return .complete(try await share(file))
        }
    }

    public func uploadProgress(of id: UploadID) async throws(FileStoreError) -> UploadProgress {
        try await disk.uploadProgress(of: id)
    }

    /// Says that this node has the file, and has others take copies. Answers who has it then: fewer than asked for when
    /// there are not so many nodes, or when some did not take it.
    func share(_ file: FileDescription) async throws(FileStoreError) -> FileDescription {
        guard let content = catalogue.content(file.digest) else { return file }
        try await records.put(file.digest, content)
        var file = file
        file.nodes = try catalogue.description(of: .content(file.digest)).nodes
        let nodes = await copy(file, toHave: replicas)
        file.nodes = nodes.sorted()
        return file
    }

    /// Has further nodes take the file until `count` have it or nobody is left. Returns who has it.
    private func copy(_ file: FileDescription, toHave count: Int) async -> Set<String> {
        var holders = Set(file.nodes)
        var candidates = file.digest.favourites(peers.takers.filter { !holders.contains($0) })[...]
        while holders.count < count, !candidates.isEmpty {
            let chosen = candidates.prefix(count - holders.count)
            candidates = candidates.dropFirst(chosen.count)
            await withTaskGroup(of: String?.self) { group in
                for node in chosen { group.addTask { await self.hold(file, on: node) ? node : nil } }
                for await node in group { if let node { holders.insert(node) } }
            }
        }
        return holders
    }

    private func hold(_ file: FileDescription, on node: String) async -> Bool {
        var request = file
        request.nodes = [records.node]
        do throws(FileStoreError) {
            try await peers.hold(request, on: node)
            catalogue.add(holder: node, of: file.digest)
            return true
        } catch {
            let details: Logger.Metadata = ["file": "\(file.digest)", "node": "\(node)", "error": "\(error)"]
            disk.context.logger.warning("Node did not take a copy of a file", metadata: details)
            return false
        }
    }

    // MARK: For other nodes

    public func hold(_ file: FileDescription) async throws(FileStoreError) -> FileDescription {
        if let content = catalogue.content(file.digest) {
            try await records.put(file.digest, content)
        } else {
            for node in file.nodes { catalogue.add(holder: node, of: file.digest) }
            let pulling = try await disk.pool.run { () throws(FileStoreError) in try self.pulling(file) }
            try await pulling.whole()
        }
        return try catalogue.description(of: .content(file.digest))
    }

    /// Has other nodes take what no other living node has; for a node that leaves. Returns how many nobody took.
    public func handOver() async -> Int {
        let living = Set(peers.givers)
        var alone = catalogue.heldHere.keys.filter { catalogue.holders(of: $0).isDisjoint(with: living) }[...]
        var left = 0
        while !alone.isEmpty, !Task.isCancelled {
            let some = alone.prefix(FileStoreLimits.handOvers)
            alone = alone.dropFirst(some.count)
            await withTaskGroup(of: Bool.self) { group in
                for digest in some { group.addTask { await self.handOver(digest) } }
                for await isTaken in group where !isTaken { left += 1 }
            }
        }
        return left + alone.count
    }

    private func handOver(_ digest: ContentDigest) async -> Bool {
        guard var file = try? catalogue.description(of: .content(digest)) else { return true }
        file.nodes = [records.node]
        return await copy(file, toHave: 2).count > 1
    }

    // MARK: Deleting

    /// For the whole cluster: other nodes drop their copies when they hear of it.
    public func delete(_ id: FileID) async throws(FileStoreError) -> FileDescription {
        let file = try await disk.deleteNames(id)
        guard catalogue.names(of: file.digest).isEmpty else { return file }
        try await records.deleteAll(of: file.digest)
        for node in catalogue.holders(of: file.digest) { catalogue.remove(holder: node, of: file.digest) }
        try await disk.deleteNameless(file.digest)
        return file
    }
}

/// An upload that is answered when enough nodes have the file.
private final class ClusterUpload: FileUpload {
    private let upload: any FileUpload
    private let store: ClusterFileStore

    init(_ upload: any FileUpload, _ store: ClusterFileStore) {
        self.upload = upload
        self.store = store
    }

    func append(_ bytes: ByteBuffer, at offset: Int64, crc32c: UInt32?) async throws(FileStoreError) {
        try await upload.append(bytes, at: offset, crc32c: crc32c)
    }

    func finish() async throws(FileStoreError) -> FileDescription { try await store.share(try await upload.finish()) }

    func suspend() async { await upload.suspend() }
}

extension ContentDigest {
    /// The nodes in the order in which they should have this content: another for each content, the same on every node,
    /// and hardly changed by a node that comes or goes (rendezvous hashing).
    func favourites(_ nodes: [String]) -> [String] {
        let weights = nodes.map { node in (node, ContentDigest(of: bytes + Array(node.utf8)).hex) }
        return weights.sorted { $0.1 < $1.1 }.map(\.0)
    }
}
