import NIOCore

/// The clients of one node that match a query, in the order of their ids, page by page.
///
/// Who is listed is settled when the listing is made; what it says of each client, when its page is. Clients that left
/// in between are left out.
public struct ClientListing: Sendable {
    private let context: GatewayContext
    private var sessions: ArraySlice<Session>

    init(context: GatewayContext, query: ClientQuery) {
        self.context = context
        sessions =
            context.registry.sessions
            .filter { session in
                session.client.rawValue.utf8.starts(with: query.prefix.utf8)
                    && query.labels.allSatisfy(session.labels.contains)
            }
            .sorted { $0.client < $1.client }[...]
    }

    /// The next clients, at most 500; `nil` at the end.
    public mutating func next() async -> [ClientInfo]? {
        while !sessions.isEmpty {
            let page = Array(sessions.prefix(Limits.clientsPerPage))
            sessions = sessions.dropFirst(Limits.clientsPerPage)
            let clients = await Self.describe(page, context)
            if !clients.isEmpty { return clients }
        }
        return nil
    }

    /// Visits each loop once: what changes with every message is known there only.
    private static func describe(_ page: [Session], _ context: GatewayContext) async -> [ClientInfo] {
        var clients: [ClientInfo] = []
        for sessions in Dictionary(grouping: page, by: { $0.home.index }).values {
            // A loop that is shut down has no clients any more.
            let described = try? await sessions[0].home.eventLoop
                .submit {
                    sessions.compactMap { $0.describe(context) }
                }
                .get()
            clients += described ?? []
        }
        return clients.sorted { $0.client < $1.client }
    }
}

extension Gateway {
    /// The clients that are connected to this node. Takes time in proportion to all of them: not for a loop.
    public func clients(_ query: ClientQuery = ClientQuery()) -> ClientListing {
        ClientListing(context: context, query: query)
    }

    /// How many clients are connected to this node.
    public var clientCount: Int { context.registry.count }
}

extension Session {
    /// On the session's loop only; `nil` once it has ended.
    fileprivate func describe(_ context: GatewayContext) -> ClientInfo? {
        guard let outlet else { return nil }
        let now = home.eventLoop.now
        let wall = context.environment.wallClock()
        return ClientInfo(
            client: client,
            session: id,
            generation: generation,
            node: context.node,
            instance: instance,
            labels: labels,
            agentVersion: agentVersion,
            connectedAt: connectedAt,
            lastHeardAt: wall - (now - lastHeard).nanoseconds / 1_000_000,
            address: outlet.peerAddress,
            queuedBytes: outlet.queuedBytes,
            roundTrip: outlet.roundTrip,
            awaitedAcks: awaitedAcks,
            lastPush: lastPush.outcome.map { outcome in
                let age = now - .uptimeNanoseconds(lastPush.at)
                return ClientInfo.LastPush(
                    at: wall - age.nanoseconds / 1_000_000, outcome: outcome,
                    from: context.origins.name(of: lastPush.origin)
                )
            }
        )
    }
}
