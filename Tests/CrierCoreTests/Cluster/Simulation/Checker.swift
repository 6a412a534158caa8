import NIOCore

@testable import CrierCore

/// Holds the promises of the registry against what happens.
final class Checker {
    private unowned let world: SimulatedWorld
    private(set) var failure: String?
    /// Every session that ever was, by client and generation. Two may share both: the store decides between them.
    private var sessions: [ClientID: [SimulatedSession]] = [:]
    private(set) var written = 0

    init(_ world: SimulatedWorld) { self.world = world }

    func fail(_ text: String) {
        if failure == nil { failure = "at \(world.time.micros) µs: \(text)" }
    }

    func began(_ stream: SimulatedSession) {
        let session = stream.session
        world.note(
            "\(stream.node.name) has \(session.client) \(session.instance.rawValue) \(session.attempt) as \(session.generation)"
        )
        sessions[session.client, default: []].append(stream)
    }

    // MARK: The store

    func changed(_ change: StoreChange, by node: String) {
        world.note(
            "\(node) \(change.kind) \(change.key.key) \(change.revision): \(change.entry.map { "\($0.value)" } ?? "")")
        guard case .client(let client) = RegistryKeys.subject(of: change.key) else { return }
        let before = change.previous.flatMap { ClientRecord($0.value) }
        if let after = change.entry.flatMap({ ClientRecord($0.value) }) {
            if after.node.rawValue != node { fail("\(node) wrote a record for \(after.node)") }
            if !isAlive(after) { fail("\(node) registered \(client) while its own record was not there") }
            if let before, after.generation <= before.generation, isAlive(before) || before.node == after.node {
                fail("generation \(before.generation) of \(client) was replaced by \(after.generation)")
            }
        } else if let before {
            if before.node.rawValue == node {
                let isOpen = world.nodes.contains { $0.holds(before) }
                // The very same session may be removed and put back only if its node did not know it.
                if isOpen { fail("\(node) removed the record of an open session of \(client)") }
            } else if isAlive(before) {
                fail("\(node) removed the record of \(client), whose node \(before.node) lives")
            }
        }
    }

    /// Whether the record's node is there at this moment, with its incarnation.
    private func isAlive(_ record: ClientRecord) -> Bool {
        world.store.entries[RegistryKeys.key(of: record.node)].flatMap { ClusterNode(record.node, $0.value) }?
            .incarnation == record.incarnation
    }

    func saidOffline(_ client: ClientID) {
        let record = world.store.entries[RegistryKeys.key(of: client)].flatMap { ClientRecord($0.value) }
        // What the store has seen in the last moments the node cannot know yet; the record of an older life is no stay.
        if let record, isAlive(record), world.isSettled { fail("\(client) was said to be offline, and is connected") }
    }

    // MARK: Pushes

    /// A node is about to write a push that another one forwarded.
    func delivers(_ node: SimulatedNode) {
        let record = world.store.entries[RegistryKeys.key(of: node.name)].flatMap { ClusterNode(node.name, $0.value) }
        if record?.incarnation != node.incarnation {
            fail("\(node.name) speaks for its clients, and its own record is not there")
        }
    }

    func answered(_ push: SimulatedPush, _ outcome: SimulatedPush.Outcome) {
        let receivers = (sessions[push.client] ?? []).filter { $0.received.contains(push.number) }
        let times = receivers.reduce(0) { $0 + $1.received.filter { $0 == push.number }.count }
        switch outcome {
        case .written(let generation):
            written += 1
            if times != 1 || receivers.first?.session.generation != generation {
                fail("push \(push.number) answered WRITTEN to \(generation) was received \(times) times")
            }
        case .notConnected:
            if times != 0 { fail("push \(push.number) answered NOT_CONNECTED was received") }
        case .unknown:
            if times > 1 { fail("push \(push.number) was received \(times) times") }
        }
    }

    // MARK: In quiet

    /// A session that its client uses, and that some node does not find.
    private struct Routeless {
        let stream: ObjectIdentifier
        let since: Int
    }

    private var routeless: [ObjectIdentifier: Routeless] = [:]
    /// The longest time that any was so, in microseconds.
    private(set) var longestRouteless = 0

    /// All parts are in reach: whoever is connected is found from everywhere, at the latest after the stated bound.
    func checkRoutes() {
        for client in world.clients {
            let key = ObjectIdentifier(client)
            guard let stream = client.stream, stream.isOpen, !isKnownEverywhere(stream, client.id) else {
                routeless[key] = nil
                continue
            }
            let before = routeless[key].flatMap { $0.stream == ObjectIdentifier(stream) ? $0 : nil }
            let now = before ?? Routeless(stream: ObjectIdentifier(stream), since: world.time.micros)
            routeless[key] = now
            let time = world.time.micros - now.since
            longestRouteless = max(longestRouteless, time)
            if time * 1_000 > RegistryLimits.routeBound.nanoseconds {
                fail(
                    "\(client.id) was connected to \(stream.node.name) for \(time) µs without being found from everywhere"
                )
            }
        }
    }

    /// Chaos begins: nothing is promised for as long as it lasts.
    func stopCheckingRoutes() { routeless = [:] }

    private func isKnownEverywhere(_ stream: SimulatedSession, _ client: ClientID) -> Bool {
        world.liveNodes.allSatisfy { node in
            let route = node.routes.live(client)
            return route?.generation == stream.session.generation
                && route?.owner.incarnation == stream.node.incarnation
        }
    }

    // MARK: After quiet

    /// All parts have been in reach for as long as `RegistryLimits.routeBound` and more says.
    func checkSettled() {
        for node in world.liveNodes where !node.routes.isProven(at: world.time.now) {
            fail("\(node.name) is not proven")
        }
        for client in world.clients { check(client) }
        for node in world.liveNodes {
            for (client, entry) in node.routes.all where entry.owner.isLive {
                guard let holder = world.liveNodes.first(where: { $0.incarnation == entry.owner.incarnation }) else {
                    fail("\(node.name) routes \(client) to \(entry.owner.node), which is gone")
                    continue
                }
                if holder.sessions[client]?.session.generation != entry.generation {
                    fail("\(node.name) routes \(client) to \(holder.name), where \(entry.generation) has ended")
                }
            }
        }
    }

    private func check(_ client: SimulatedClient) {
        let open = (sessions[client.id] ?? []).filter(\.isOpen)
        if open.count > 1 {
            let list = open.map { "\($0.session.generation) on \($0.node.name)" }
            fail("\(client.id) has \(open.count) open sessions: \(list.joined(separator: ", "))")
        }
        guard let stream = client.stream, stream.isOpen else {
            if !client.isAway { fail("\(client.id) could not connect") }
            return
        }
        for node in world.liveNodes {
            let route = node.routes.live(client.id)
            if route?.generation != stream.session.generation || route?.owner.incarnation != stream.node.incarnation {
                let said = route.map { "\($0.generation) on \($0.owner.node)" } ?? "nobody"
                fail("\(client.id) is \(stream.session.generation) on \(stream.node.name); \(node.name) says \(said)")
            }
        }
    }
}

extension SimulatedNode {
    /// Whether the record's session is open here.
    func holds(_ record: ClientRecord) -> Bool {
        guard !isDead, incarnation == record.incarnation else { return false }
        return sessions.values.contains { $0.session.session == record.session }
    }
}
