import CrierCore
import CrierStorage
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Nodes with a disk each, over one store, that reach each other without a network in between.
final class FileCluster: Sendable {
    let state = MemoryKeyValueStore()
    private let wires = Mutex<[String: FileNode]>([:])
    private let temporary: TemporaryDirectory
    private let following = Mutex<[Task<Void, Never>]>([])

    init() throws { temporary = try TemporaryDirectory() }

    /// Starts a node and has it follow the others.
    func start(_ name: String, replicas: Int = 1) async throws -> FileNode {
        let threads = NIOThreadPool.singleton
        let disk = try await DiskFileStore.open(
            directory: temporary.path + "/" + name, nodeID: name, keyValue: state, isShared: true, threads: threads,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let peers = DirectPeers(self, except: name)
        let files = ClusterFileStore(disk, keyValue: state, node: name, peers: peers, replicas: replicas)
        let node = FileNode(name: name, disk: disk, files: files, peers: peers, threads: threads)
        wires.withLock { $0[name] = node }
        let task = Task { await files.run() }
        following.withLock { $0.append(task) }
        return node
    }

    /// The node is not there any more, for the others.
    func stop(_ node: FileNode) { wires.withLock { $0[node.name] = nil } }

    fileprivate func node(_ name: String) -> FileNode? { wires.withLock { $0[name] } }

    fileprivate var names: [String] { wires.withLock { $0.keys.sorted() } }

    /// Runs `body` and takes the cluster down.
    static func run(_ body: (FileCluster) async throws -> Void) async throws {
        let cluster = try FileCluster()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(cluster))
        } catch {
            result = .failure(error)
        }
        let tasks = cluster.following.withLock { $0 }
        for task in tasks { task.cancel() }
        cluster.state.close()
        for task in tasks { await task.value }
        // What connects the nodes holds the cluster.
        cluster.wires.withLock { $0 = [:] }
        try result.get()
    }
}

struct FileNode: Sendable {
    let name: String
    let disk: DiskFileStore
    let files: ClusterFileStore
    let peers: DirectPeers
    let threads: NIOThreadPool

    var catalogue: FileCatalogue { files.catalogue }

    @discardableResult
    func put(_ bytes: [UInt8], name: String, id: String = "u1") async throws -> FileDescription {
        let begun = try await files.beginUpload(beginning(bytes, id: id, name: name, announced: digest(of: bytes)))
        guard case .ready(let upload) = begun else {
            throw FileStoreError(.failedPrecondition, "the upload is complete")
        }
        try await upload.append(bytes, from: 0, upTo: bytes.count)
        return try await upload.finish()
    }

    func open(_ digest: ContentDigest) async throws -> any StoredFile {
        let files = files
        return try await threads.runIfActive { try files.open(digest) }
    }

    /// Everything, chunk by chunk as it comes, by way of what a download uses.
    func read(_ digest: ContentDigest) async throws -> [UInt8] {
        let file = try await open(digest)
        var bytes: [UInt8] = []
        while Int64(bytes.count) < file.size {
            let range = Int64(bytes.count)..<min(Int64(bytes.count) + 65_536, file.size)
            await file.arrival(of: range)
            bytes += try await threads.runIfActive {
                try file.prepare(range, chunkBytes: 65_536).flatMap { Array(try file.read($0).readableBytesView) }
            }
        }
        return bytes
    }
}

extension StoredFile {
    /// Returns when the range can be prepared, or never can.
    func arrival(of range: Range<Int64>) async {
        let news = AsyncStream<Void>.makeStream()
        while !isHere(range, orElse: { news.continuation.yield() }) {
            for await _ in news.stream { break }
        }
    }
}

/// What a test sees and changes of the way between nodes.
final class DirectPeers: PeerFiles {
    private struct State {
        var reads: [String] = []
        /// Pieces that may still pass; nil: all.
        var allowance: Int?
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Changes what a node gives.
        var damages = false
        var refusesToHold = false
    }

    private let cluster: FileCluster
    private let own: String
    private let state = Mutex(State())

    init(_ cluster: FileCluster, except own: String) {
        self.cluster = cluster
        self.own = own
    }

    /// Which node was asked for bytes, in order.
    var reads: [String] { state.withLock { $0.reads } }

    /// Lets so many pieces pass, and holds the others back until it is called again; nil: all pass.
    func allow(_ pieces: Int?) {
        let waiting = state.withLock { state in
            state.allowance = pieces
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    func damage() { state.withLock { $0.damages = true } }

    func refuseToHold() { state.withLock { $0.refusesToHold = true } }

    var takers: [String] { givers }

    var givers: [String] { cluster.names.filter { $0 != own } }

    func read(
        _ digest: ContentDigest,
        from offset: Int64,
        of node: String,
        _ take: @Sendable (ByteBuffer, Int64) async throws(FileStoreError) -> Void
    ) async throws(FileStoreError) {
        state.withLock { $0.reads.append(node) }
        guard let giver = cluster.node(node) else { throw FileStoreError(.unavailable, "\(node) is gone") }
        let file = try giver.disk.open(digest)
        for chunk in try file.prepare(offset..<file.size, chunkBytes: 65_536) {
            await pass()
            guard cluster.node(node) != nil else { throw FileStoreError(.unavailable, "\(node) is gone") }
            var bytes = try file.read(chunk)
            if state.withLock({ $0.damages }) { bytes.setInteger(UInt8(0x55), at: bytes.readerIndex) }
            try await take(bytes, chunk.offset)
        }
    }

    func hold(_ file: FileDescription, on node: String) async throws(FileStoreError) {
        guard let taker = cluster.node(node), !taker.peers.state.withLock({ $0.refusesToHold }) else {
            throw FileStoreError(.unavailable, "\(node) does not take it")
        }
        _ = try await taker.files.hold(file)
    }

    private func pass() async {
        while true {
            let mayPass = state.withLock { state in
                guard let allowance = state.allowance else { return true }
                guard allowance > 0 else { return false }
                state.allowance = allowance - 1
                return true
            }
            if mayPass { return }
            await withCheckedContinuation { waiter in
                let isOpen = state.withLock { state in
                    if state.allowance ?? 1 > 0 { return true }
                    state.waiting.append(waiter)
                    return false
                }
                if isOpen { waiter.resume() }
            }
        }
    }
}

/// Returns when `condition` holds; what it is about happens by itself and soon.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { await Task.yield() }
}
