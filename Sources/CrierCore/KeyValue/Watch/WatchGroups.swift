/// The attached subscriptions of a feed, those of one scope together: a change is compared with scopes, never with
/// watchers, and only with scopes that its key can be in.
struct WatchGroups {
    typealias Members = [ObjectIdentifier: ChangeSubscription]

    /// What one group is to hear.
    struct Delivery {
        let subscriptions: Members
        var sets: [StoreChangeSet]
    }

    /// The groups of one namespace, or of all namespaces at once, by their prefix.
    private struct Room {
        var groups: [[UInt8]: Members] = [:]
        /// How many groups have a prefix of so many bytes. A key is looked up once for each length, however many groups
        /// there are.
        var lengths: [Int: Int] = [:]
    }

    private struct Group: Hashable {
        let namespace: StoreNamespace?
        let prefix: [UInt8]
    }

    private var rooms: [StoreNamespace?: Room] = [:]

    var isEmpty: Bool { rooms.isEmpty }

    /// Every member of every group.
    var subscriptions: [ChangeSubscription] {
        rooms.values.flatMap { $0.groups.values.flatMap(\.values) }
    }

    mutating func insert(_ subscription: ChangeSubscription) {
        let prefix = Array(subscription.scope.prefix.utf8)
        var room = rooms.removeValue(forKey: subscription.scope.namespace) ?? Room()
        if room.groups[prefix] == nil { room.lengths[prefix.count, default: 0] += 1 }
        room.groups[prefix, default: [:]][ObjectIdentifier(subscription)] = subscription
        rooms[subscription.scope.namespace] = room
    }

    /// Does nothing when it is not there.
    mutating func remove(_ subscription: ChangeSubscription) {
        let prefix = Array(subscription.scope.prefix.utf8)
        guard var room = rooms.removeValue(forKey: subscription.scope.namespace) else { return }
        room.groups[prefix]?[ObjectIdentifier(subscription)] = nil
        if room.groups[prefix]?.isEmpty == true {
            room.groups[prefix] = nil
            let left = (room.lengths[prefix.count] ?? 1) - 1
            room.lengths[prefix.count] = left == 0 ? nil : left
        }
        if !room.groups.isEmpty { rooms[subscription.scope.namespace] = room }
    }

    /// Who is to hear what of these sets.
    func deliveries(of sets: [StoreChangeSet]) -> [Delivery] {
        var deliveries: [Group: Delivery] = [:]
        for set in sets {
            for (group, part) in parts(of: set) {
                guard let members = rooms[group.namespace]?.groups[group.prefix] else { continue }
                deliveries[group, default: Delivery(subscriptions: members, sets: [])].sets.append(part)
            }
        }
        return Array(deliveries.values)
    }

    /// The set as each group sees it.
    private func parts(of set: StoreChangeSet) -> [Group: StoreChangeSet] {
        var changes: [Group: [StoreChange]] = [:]
        for change in set.changes {
            for group in groups(with: change.key) { changes[group, default: []].append(change) }
        }
        // A group that sees all of it gets the set itself, whose encoded forms are shared.
        return changes.mapValues { part in
            part.count == set.changes.count ? set : StoreChangeSet(position: set.position, changes: part)
        }
    }

    private func groups(with key: StoreKey) -> [Group] {
        var found: [Group] = []
        add(nil, key, to: &found)
        add(key.namespace, key, to: &found)
        return found
    }

    /// The groups of one room.
    private func add(_ namespace: StoreNamespace?, _ key: StoreKey, to found: inout [Group]) {
        guard let room = rooms[namespace] else { return }
        for length in room.lengths.keys where length <= key.key.utf8.count {
            let prefix = Array(key.key.utf8.prefix(length))
            if room.groups[prefix] != nil { found.append(Group(namespace: namespace, prefix: prefix)) }
        }
    }
}
