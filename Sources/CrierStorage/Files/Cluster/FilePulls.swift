import CrierCore
import Synchronization

/// The pulls that are under way: one for each content, however many ask for it.
final class FilePulls: Sendable {
    private struct State {
        var pulls: [ContentDigest: FilePull] = [:]
        var isEnded = false
    }

    private let store: DiskFileStore
    private let peers: any PeerFiles
    private let state = Mutex(State())
    private let begun = AsyncStream<FilePull>.makeStream()

    init(_ store: DiskFileStore, _ peers: any PeerFiles) {
        self.store = store
        self.peers = peers
    }

    /// Runs pulls until the task is cancelled.
    ///
    /// - Parameter pulled: a content is here now.
    func run(_ pulled: @escaping @Sendable (ContentDigest) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for await pull in begun.stream {
                group.addTask {
                    await pull.run(self.peers, nodes: self.nodes(of: pull.file.digest))
                    self.state.withLock { $0.pulls[pull.file.digest] = nil }
                    if self.store.catalogue.content(pull.file.digest) != nil { await pulled(pull.file.digest) }
                }
            }
            group.cancelAll()
        }
        let left = state.withLock { state in
            state.isEnded = true
            defer { state.pulls = [:] }
            return state.pulls.values.map(\.file)
        }
        for file in left { file.end(.failure(FileStoreError(.unavailable, "the gateway is stopping"))) }
    }

    /// The content as it comes; begins to bring it, unless somebody did before. BLOCKS.
    func file(_ digest: ContentDigest, _ content: FileCatalogue.Content) throws(FileStoreError) -> PullingFile {
        try state.withLock { (state) throws(FileStoreError) -> PullingFile in
            if let pull = state.pulls[digest] { return pull.file }
            guard !state.isEnded else { throw FileStoreError(.unavailable, "the gateway is stopping") }
            guard state.pulls.count < FileStoreLimits.pulls else {
                throw FileStoreError(
                    .resourceExhausted,
                    "\(FileStoreLimits.pulls) files come from other nodes already, which is the limit of this node"
                )
            }
            let pull = try FilePull(digest, content, store)
            state.pulls[digest] = pull
            begun.continuation.yield(pull)
            return pull.file
        }
    }

    /// Who has it and can be asked, in an order of its own for each node, so that one holder does not serve all.
    private func nodes(of digest: ContentDigest) -> [String] {
        let holders = store.catalogue.holders(of: digest)
        return peers.givers.filter(holders.contains).shuffled()
    }
}
