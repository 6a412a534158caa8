import Logging
import NIOCore

/// The way to the store, and its change feed.
extension ClusterRegistry {
    /// Runs until the task is cancelled. Only one may run.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow() }
            eventLoop.execute { self.drive { $0.tick(now: $1) } }
            for await job in jobs { group.addTask { await job() } }
            group.cancelAll()
        }
        try? await eventLoop.submit { self.finish() }.get()
    }

    // MARK: Writes and leases

    func submit(_ transaction: StoreTransaction, _ call: RegistryCall) {
        store.submit(transaction) { result in
            self.eventLoop.execute {
                self.metrics.answered(result)
                self.drive { $0.answered(call, result, now: $1) }
            }
        }
    }

    func grant(_ milliseconds: Int64) {
        let sentAt = clock.now
        jobSink.yield {
            let result = await Self.result { () throws(KeyValueError) in
                try await self.store.grantLease(milliseconds: milliseconds)
            }
            self.eventLoop.execute { self.drive { $0.granted(result, sentAt: sentAt, now: $1) } }
        }
    }

    func renew(_ id: StoreLease.ID) {
        let sentAt = clock.now
        jobSink.yield {
            let result = await Self.result { () throws(KeyValueError) in try await self.store.renewLease(id) }
            self.eventLoop.execute { self.drive { $0.renewed(id, result, sentAt: sentAt, now: $1) } }
        }
    }

    func revoke(_ id: StoreLease.ID) {
        jobSink.yield {
            _ = try? await self.store.revokeLease(id)
            self.eventLoop.execute { self.hasLeft() }
        }
    }

    static func result<Value: Sendable>(
        _ body: () async throws(KeyValueError) -> Value
    ) async -> Result<Value, KeyValueError> {
        do throws(KeyValueError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    // MARK: The feed

    /// One feed after the other, with a pause between them.
    private func follow() async {
        var pause = RetryPause()
        while !Task.isCancelled {
            metrics.openedFeed()
            let (restarts, restart) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            eventLoop.execute { self.endFeed = { restart.yield() } }
            let hasHeard = await withTaskGroup(of: Bool.self) { group in
                group.addTask { await self.readFeed() }
                group.addTask {
                    for await _ in restarts { break }
                    return false
                }
                let first = await group.next() ?? false
                group.cancelAll()
                for await other in group where other { return true }
                return first
            }
            eventLoop.execute { self.drive { $0.feedEnded(now: $1) } }
            if hasHeard { pause = RetryPause() }
            let nanoseconds = pause.next { .random(in: .min ... .max) }.nanoseconds
            try? await Task.sleep(for: .nanoseconds(nanoseconds))
        }
    }

    /// Reads until the feed ends. Returns whether it told anything.
    private func readFeed() async -> Bool {
        var feed = SnapshotWatch(store, RegistryKeys.scope).makeAsyncIterator()
        var hasHeard = false
        do throws(KeyValueError) {
            while let event = try await feed.next() {
                // One after the other: what the loop has not taken waits where it is bounded.
                try? await eventLoop.submit { self.drive { $0.hear(event, now: $1) } }.get()
                hasHeard = true
                if case .reset = event { return true }
            }
        } catch {
            eventLoop.execute { self.drive { $0.feedFailed(error, now: $1) } }
            logger.debug("The registry's feed ended", metadata: ["error": "\(error)"])
        }
        return hasHeard
    }
}
