import NIOCore
import Synchronization

/// What routing asks.
extension ClusterRegistry: RouteDirectory {
    public func route(to client: ClientID) -> RemoteRoute? {
        routes.remote(client)
            .map {
                RemoteRoute(node: $0.owner.node, incarnation: $0.owner.incarnation, generation: $0.generation)
            }
    }

    public var isProven: Bool { routes.isProven(at: clock.now) }

    public var nodes: [ClusterNode] { shared.withLock { $0.nodes } }

    public func observeNodes(_ observer: any NodeObserver) {
        eventLoop.execute { self.add(observer) }
    }

    public func reread(
        _ client: ClientID,
        completion: @escaping @Sendable (Result<RemoteRoute?, KeyValueError>) -> Void
    ) {
        eventLoop.execute { self.ask(client, completion) }
    }

    /// One question to the store serves all that ask before it is answered. Those that ask while it is under way would
    /// have to wait for another one to be sure of an answer that is not older than their question; they wait for it.
    private func ask(_ client: ClientID, _ completion: @escaping RereadCompletion) {
        guard !isEnded else { return completion(.failure(KeyValueError(.unavailable, "the registry ended"))) }
        let isUnderWay = rereads[client] != nil
        guard isUnderWay || rereads.count < RegistryLimits.rereads else {
            let detail = "\(RegistryLimits.rereads) re-reads of the registry are under way already"
            return completion(.failure(KeyValueError(.unavailable, detail)))
        }
        rereads[client, default: []].append(completion)
        if !isUnderWay { read(client) }
    }

    private func read(_ client: ClientID) {
        metrics.reread()
        let completions = rereads[client] ?? []
        rereads[client] = []
        jobSink.yield {
            let result = await Self.result { () throws(KeyValueError) in try await self.routeInStore(client) }
            self.eventLoop.execute {
                for completion in completions { completion(result) }
                // Those who came meanwhile.
                if self.rereads[client]?.isEmpty ?? true { self.rereads[client] = nil } else { self.read(client) }
            }
        }
    }

    /// Reads the client's record, and its node's if that is not known, and learns both.
    private func routeInStore(_ client: ClientID) async throws(KeyValueError) -> RemoteRoute? {
        let key = RegistryKeys.key(of: client)
        let read = try await store.get(key)
        await learn(key, read)
        let owner = routes[client]?.owner
        if let owner, !owner.isLive, owner.incarnation != incarnation {
            let key = RegistryKeys.key(of: owner.node)
            await learn(key, try await store.get(key))
        }
        return route(to: client)
    }

    private func learn(_ key: StoreKey, _ read: StoreRead) async {
        try? await eventLoop.submit { self.drive { $0.learned(key, read, now: $1) } }.get()
    }
}
