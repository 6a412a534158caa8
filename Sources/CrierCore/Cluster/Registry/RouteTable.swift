import NIOCore
import Synchronization

/// One life of one node, as the holder of clients. All records of it share this object, so that one key that goes
/// ends all its routes at once.
final class RecordOwner: Sendable {
    let node: NodeID
    let incarnation: Incarnation
    private let live = Atomic<Bool>(false)

    init(_ node: NodeID, _ incarnation: Incarnation) {
        self.node = node
        self.incarnation = incarnation
    }

    /// Whether the node's record is there, with this incarnation.
    var isLive: Bool { live.load(ordering: .acquiring) }

    func setLive(_ isLive: Bool) { live.store(isLive, ordering: .releasing) }
}

/// A client's record, as it is kept in memory.
struct RouteEntry: Sendable {
    let owner: RecordOwner
    let session: SessionID
    let generation: Generation
    let instance: InstanceID
    let attempt: UInt64
    /// Milliseconds since 1970.
    let connectedAt: Int64
    /// The store's revision of the record: what a removal or a replacement names.
    let revision: UInt64

    init(_ record: ClientRecord, owner: RecordOwner, revision: UInt64) {
        self.owner = owner
        session = record.session
        generation = record.generation
        instance = record.instance
        attempt = record.attempt
        connectedAt = record.connectedAt
        self.revision = revision
    }
}

/// Which node holds which client: every record of the cluster behind a few locks, and whether this node may speak for
/// its own. Written by the registry's loop, read on any.
final class RouteTable: Sendable {
    private struct Shard: ~Copyable {
        let entries = Mutex<[ClientID: RouteEntry]>([:])
        private let padding: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    }

    private let shards: InlineArray<16, Shard>
    private let provenUntil = Atomic<UInt64>(0)
    private let complete = Atomic<Bool>(false)
    private let own: Incarnation

    /// - Parameter own: this node's own life.
    init(own: Incarnation) {
        self.own = own
        shards = InlineArray { _ in Shard() }
    }

    subscript(client: ClientID) -> RouteEntry? {
        get { shards[client.shard(of: shards.count)].entries.withLock { $0[client] } }
        set { shards[client.shard(of: shards.count)].entries.withLock { $0[client] = newValue } }
    }

    /// The entry, if the life of the node that holds the client has not ended.
    func live(_ client: ClientID) -> RouteEntry? {
        guard let entry = self[client], entry.owner.isLive else { return nil }
        return entry
    }

    /// The entry, if it is of another node, which lives.
    func remote(_ client: ClientID) -> RouteEntry? { live(client).flatMap { $0.owner.incarnation == own ? nil : $0 } }

    var count: Int { shards.indices.reduce(0) { sum, shard in sum + shards[shard].entries.withLock { $0.count } } }

    /// All entries in no particular order; each shard as it is at one moment.
    var all: [(client: ClientID, entry: RouteEntry)] {
        shards.indices.flatMap { shard in
            shards[shard].entries.withLock { entries in entries.map { (client: $0.key, entry: $0.value) } }
        }
    }

    /// Whether all records that there are were read once. Before that nobody knows how high generations have come.
    var isComplete: Bool { complete.load(ordering: .acquiring) }

    func setComplete() { complete.store(true, ordering: .releasing) }

    // MARK: This node's own standing

    /// Whether the node's lease is good at this moment and it has read the registry since it got it: only then do its
    /// sessions count for pushes from other nodes. By the clock and not by a timer, since a process that was stopped
    /// for a while finds its timers late.
    func isProven(at now: NIODeadline) -> Bool { now.uptimeNanoseconds < provenUntil.load(ordering: .acquiring) }

    /// nil: from now on not.
    func prove(until deadline: NIODeadline?) {
        provenUntil.store(deadline?.uptimeNanoseconds ?? 0, ordering: .releasing)
    }
}
