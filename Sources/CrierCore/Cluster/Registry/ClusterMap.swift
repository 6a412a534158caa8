import NIOCore

/// The registry as this node knows it: learned from the change feed, from its own commits, and from re-reads, in any
/// order.
///
/// Of each key the newest revision counts. What is known to be gone is remembered until the feed has passed that
/// revision, so that a late piece of news does not bring it back. Belongs to the registry's loop, but for `routes`.
struct ClusterMap {
    /// What a piece of news changed.
    enum Event {
        case client(ClientID, before: RouteEntry?, after: RouteEntry?)
        case node(NodeChange)
        /// This node's own record is another now.
        case ownNode
        case damaged(StoreKey)
    }

    /// A node's record and its revision in the store.
    struct KnownNode {
        var node: ClusterNode
        var revision: UInt64
    }

    /// A life of a node, and whose records name it.
    struct Life {
        let owner: RecordOwner
        var clients: Set<ClientID> = []
        /// Since when its node's record is not there; nil while it is.
        var deadSince: NIODeadline?
    }

    let own: NodeID
    let routes: RouteTable
    /// How far the feed has come; nil before the first snapshot is complete.
    private(set) var position: StorePosition?
    private(set) var hasSnapshot = false
    private(set) var nodes: [NodeID: KnownNode] = [:]
    private(set) var lives: [NodeID: [Life]] = [:]
    /// Keys that are there and cannot be read.
    private(set) var damaged: [StoreKey: UInt64] = [:]
    private var gone: [StoreKey: UInt64] = [:]
    /// Entries of a snapshot that is not complete yet.
    private var staged: [StoreKey: StoreEntry] = [:]
    private var events: [Event] = []

    init(own: NodeID, routes: RouteTable) {
        self.own = own
        self.routes = routes
    }

    /// The other nodes, in the order of their names.
    var others: [ClusterNode] {
        nodes.values.map(\.node).filter { $0.id != own }.sorted { $0.id.rawValue < $1.id.rawValue }
    }

    mutating func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    // MARK: News

    /// A key as somebody saw it at a revision: its entry, or that it was not there.
    mutating func learn(_ key: StoreKey, _ entry: StoreEntry?, at revision: UInt64, now: NIODeadline) {
        guard let subject = RegistryKeys.subject(of: key), revision > gone[key] ?? 0 else { return }
        guard let entry else { return forget(key, subject, at: revision, now: now) }
        guard entry.revision > damaged[key] ?? 0 else { return }
        switch subject {
        case .client(let client):
            guard entry.revision > routes[client]?.revision ?? 0 else { return }
            guard let record = ClientRecord(entry.value) else { return spoil(entry, subject, now: now) }
            settle(key)
            set(client, RouteEntry(record, owner: owner(of: record, now: now), revision: entry.revision))
        case .node(let id):
            guard entry.revision > nodes[id]?.revision ?? 0 else { return }
            guard let node = ClusterNode(id, entry.value) else { return spoil(entry, subject, now: now) }
            settle(key)
            set(id, KnownNode(node: node, revision: entry.revision), now: now)
        }
    }

    /// What a write under a guard on this key must ask for.
    func condition(for key: StoreKey) -> StoreCondition {
        guard let revision = revision(of: key) else { return .absent }
        return .revision(revision)
    }

    private func revision(of key: StoreKey) -> UInt64? {
        if let revision = damaged[key] { return revision }
        switch RegistryKeys.subject(of: key) {
        case .client(let client): return routes[client]?.revision
        case .node(let node): return nodes[node]?.revision
        case nil: return nil
        }
    }

    private mutating func settle(_ key: StoreKey) {
        gone[key] = nil
        damaged[key] = nil
    }

    private mutating func forget(
        _ key: StoreKey, _ subject: RegistryKeys.Subject, at revision: UInt64, now: NIODeadline
    ) {
        guard revision >= self.revision(of: key) ?? 0 else { return }
        settle(key)
        if revision > position?.revision ?? 0 { gone[key] = revision }
        remove(subject, now: now)
    }

    /// A record that cannot be read: as if it were not there, but whoever replaces it must name its revision.
    private mutating func spoil(_ entry: StoreEntry, _ subject: RegistryKeys.Subject, now: NIODeadline) {
        gone[entry.key] = nil
        remove(subject, now: now)
        damaged[entry.key] = entry.revision
        events.append(.damaged(entry.key))
    }

    private mutating func remove(_ subject: RegistryKeys.Subject, now: NIODeadline) {
        switch subject {
        case .client(let client): set(client, nil)
        case .node(let id): set(id, nil, now: now)
        }
    }

    // MARK: Clients

    private mutating func set(_ client: ClientID, _ entry: RouteEntry?) {
        let before = routes[client]
        guard before != nil || entry != nil else { return }
        if let before, before.owner !== entry?.owner { leave(before.owner, client) }
        if let entry { enter(entry.owner, client) }
        routes[client] = entry
        events.append(.client(client, before: before, after: entry))
    }

    private mutating func enter(_ owner: RecordOwner, _ client: ClientID) {
        guard let place = lives[owner.node]?.firstIndex(where: { $0.owner === owner }) else { return }
        lives[owner.node]?[place].clients.insert(client)
    }

    private mutating func leave(_ owner: RecordOwner, _ client: ClientID) {
        guard let place = lives[owner.node]?.firstIndex(where: { $0.owner === owner }) else { return }
        lives[owner.node]?[place].clients.remove(client)
        guard lives[owner.node]?[place].clients.isEmpty == true, !owner.isLive else { return }
        lives[owner.node]?.remove(at: place)
        if lives[owner.node]?.isEmpty == true { lives[owner.node] = nil }
    }

    private mutating func owner(of record: ClientRecord, now: NIODeadline) -> RecordOwner {
        life(record.node, record.incarnation, now: now).owner
    }

    private mutating func life(_ node: NodeID, _ incarnation: Incarnation, now: NIODeadline) -> Life {
        if let life = lives[node]?.first(where: { $0.owner.incarnation == incarnation }) { return life }
        let isLive = nodes[node]?.node.incarnation == incarnation
        let life = Life(owner: RecordOwner(node, incarnation), deadSince: isLive ? nil : now)
        life.owner.setLive(isLive)
        lives[node, default: []].append(life)
        return life
    }

    // MARK: Nodes

    private mutating func set(_ id: NodeID, _ known: KnownNode?, now: NIODeadline) {
        let before = nodes.removeValue(forKey: id)
        nodes[id] = known
        if let node = known?.node { _ = life(id, node.incarnation, now: now) }
        judgeLives(of: id, now: now)
        guard id != own else { return events.append(.ownNode) }
        switch (before?.node, known?.node) {
        case (let old?, let new?) where old.incarnation == new.incarnation:
            if old != new { events.append(.node(.changed(new))) }
        case (let old, let new):
            if let old { events.append(.node(.left(old))) }
            if let new { events.append(.node(.joined(new))) }
        }
    }

    private mutating func judgeLives(of id: NodeID, now: NIODeadline) {
        let incarnation = nodes[id]?.node.incarnation
        for place in (lives[id] ?? []).indices.reversed() {
            guard let life = lives[id]?[place] else { continue }
            let isLive = life.owner.incarnation == incarnation
            life.owner.setLive(isLive)
            if isLive {
                lives[id]?[place].deadSince = nil
            } else if life.clients.isEmpty {
                lives[id]?.remove(at: place)
            } else if life.deadSince == nil {
                lives[id]?[place].deadSince = now
            }
        }
        if lives[id]?.isEmpty == true { lives[id] = nil }
    }
}

// MARK: - The feed

extension ClusterMap {
    /// The next of what `SnapshotWatch` tells. After a reset, or when the feed is opened anew, everything stays as it
    /// was until the new snapshot is complete.
    mutating func hear(_ event: SnapshotWatch.Event, now: NIODeadline) {
        switch event {
        case .entries(let entries):
            for entry in entries { staged[entry.key] = entry }
        case .snapshotEnd(let position):
            take(position, now: now)
        case .changes(let set):
            for change in set.changes { learn(change.key, change.entry, at: change.revision, now: now) }
            reach(set.position)
        case .progress(let position):
            reach(position)
        case .reset:
            staged = [:]
        }
    }

    /// The feed is about to be opened anew.
    mutating func restartFeed() { staged = [:] }

    private mutating func reach(_ position: StorePosition) {
        // A feed that was opened anew may begin further back.
        guard position.revision >= self.position?.revision ?? 0 else { return }
        self.position = position
        if !gone.isEmpty { gone = gone.filter { $0.value > position.revision } }
    }

    /// The snapshot is complete: what it does not show and is not newer than it is gone.
    private mutating func take(_ position: StorePosition, now: NIODeadline) {
        let entries = staged
        staged = [:]
        if let known = self.position, known.epoch != position.epoch { forgetRevisions(now: now) }
        for key in knownKeys where entries[key] == nil { learn(key, nil, at: position.revision, now: now) }
        // Nodes first, so that no client's node seems dead for a moment.
        let (clients, nodes) = entries.values.partitioned { $0.key.key.utf8.starts(with: RegistryKeys.nodes.utf8) }
        for entry in nodes + clients { learn(entry.key, entry, at: entry.revision, now: now) }
        reach(position)
        hasSnapshot = true
    }

    private var knownKeys: [StoreKey] {
        Array(damaged.keys) + nodes.keys.map(RegistryKeys.key(of:))
            + routes.all.map { RegistryKeys.key(of: $0.client) }
    }

    /// The store was restored from a backup: its revisions begin anew, and nothing known compares with them.
    private mutating func forgetRevisions(now: NIODeadline) {
        gone = [:]
        damaged = [:]
        for (client, _) in routes.all { set(client, nil) }
        for id in Array(nodes.keys) { set(id, nil, now: now) }
        position = nil
    }
}

extension Sequence {
    /// Those for which `isSecond` does not hold, and those for which it does.
    fileprivate func partitioned(_ isSecond: (Element) -> Bool) -> ([Element], [Element]) {
        reduce(into: ([], [])) { parts, element in
            if isSecond(element) { parts.1.append(element) } else { parts.0.append(element) }
        }
    }
}
