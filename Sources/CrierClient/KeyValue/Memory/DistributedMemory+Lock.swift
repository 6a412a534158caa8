/// A lock across processes, made of a lease: it goes with a holder that dies.
extension DistributedMemory {
    /// The key of a lock, in this memory's namespace. Its value says who holds it.
    public static func lockKey(_ name: String) -> String { "locks/\(name)" }

    /// Runs `body` while no other process is in a body of the same lock.
    ///
    /// `body` is cancelled when the lock's lease may have run out: because the gateway was away for too long, or
    /// this process stood still. What it protects must be able to tell an old holder from a new one: see `HeldLock`.
    ///
    /// - Parameters:
    ///   - timeToLive: How long the lock outlives a holder that dies, 2 seconds to 24 hours.
    ///   - patience: How long to wait for the lock; nil: as long as the configuration gives a call.
    /// - Throws: `.timedOut` when others hold it for that long, `.lockLost` when it was lost while `body` ran, and what
    ///   `body` throws.
    public func withLock<Result: Sendable>(
        _ name: String,
        timeToLive: Duration = DistributedMemory.defaultLockTimeToLive,
        patience: Duration? = nil,
        _ body: @escaping @Sendable (HeldLock) async throws -> Result
    ) async throws -> Result {
        let lock = try await takeLock(name, timeToLive, patience ?? configuration.timeout)
        do {
            let result = try await hold(lock, body)
            await release(lock.lease)
            return result
        } catch {
            await release(lock.lease)
            throw error
        }
    }

    /// How long a lock outlives a holder that dies, when nothing else is said.
    public static let defaultLockTimeToLive = Limits.lockTimeToLive

    // MARK: Holding

    private enum Finished<Result: Sendable>: Sendable {
        case body(Swift.Result<Result, any Error>)
        case lease(KeyValueClientError?)
    }

    private func hold<Result: Sendable>(
        _ lock: HeldLock,
        _ body: @escaping @Sendable (HeldLock) async throws -> Result
    ) async throws -> Result {
        let keeper = LeaseKeeper(lease: lock.lease, client: client, clock: clock)
        let (result, lost) = await withTaskGroup(of: Finished<Result>.self) { group in
            group.addTask {
                do {
                    return .body(.success(try await body(lock)))
                } catch {
                    return .body(.failure(error))
                }
            }
            group.addTask { .lease(await keeper.run()) }
            var lost: KeyValueClientError?
            var result: Swift.Result<Result, any Error>?
            for await finished in group {
                switch finished {
                case .body(let outcome): result = outcome
                case .lease(let reason): lost = reason
                }
                group.cancelAll()
            }
            return (result, lost)
        }
        if let lost {
            throw KeyValueClientError(
                .lockLost,
                "lock \(lock.name) may have been lost while it was held: \(lost.message)",
                cause: lost
            )
        }
        guard let result else { preconditionFailure("the body's child always ends with a result") }
        return try result.get()
    }

    /// Lets the next one in, also when our own task is cancelled. If the gateway is away, the lease ends by itself.
    private func release(_ lease: LeaseClock) async {
        let client = client
        let timeout = max(Limits.lockRetryInterval, lease.remaining)
        let end = Task { try? await client.revokeLease(lease.id, timeout: timeout) }
        await end.value
    }

    // MARK: Taking

    private func takeLock(
        _ name: String,
        _ timeToLive: Duration,
        _ patience: Duration
    ) async throws(KeyValueClientError) -> HeldLock {
        let deadline = clock.now + patience
        let key = Self.lockKey(name)
        var lease: LeaseClock?
        var complaint = "nobody has asked for it"
        while true {
            // Before the attempt, so that a release right after it is heard.
            let changes = watch(key)
            do throws(KeyValueClientError) {
                let current = try await living(lease, timeToLive)
                lease = current
                let expiry = KeyValueExpiry.lease(current.id)
                let written = try await client.put(
                    key,
                    .string(configuration.holder),
                    in: namespace,
                    if: .absent,
                    expiry: expiry
                )
                let token = written.entry.revision
                let fence = KeyValueGuard(key, in: namespace, .revision(token))
                return HeldLock(name: name, token: token, fence: fence, lease: current)
            } catch {
                lease = try await giveUp(lease, after: error)
                complaint = error.message
            }
            let left = deadline - clock.now
            guard left > .zero, !Task.isCancelled else {
                if let lease { await release(lease) }
                if Task.isCancelled { throw KeyValueClientError(.cancelled, "waiting for lock \(name) was cancelled") }
                throw KeyValueClientError(.timedOut, "lock \(name) was not free within \(patience): \(complaint)")
            }
            await waitForRelease(changes, atMost: min(left, Limits.lockRetryInterval))
        }
    }

    /// The lease if it has most of its life before it, renewed if not, or a new one.
    private func living(_ lease: LeaseClock?, _ timeToLive: Duration) async throws(KeyValueClientError) -> LeaseClock {
        let sent = clock.now
        guard let lease, lease.isAlive else {
            return LeaseClock(try await client.grantLease(timeToLive), sent: sent, clock: clock)
        }
        if lease.remaining < timeToLive - timeToLive / Limits.lockRenewals {
            try await client.renewLease(lease.id)
            lease.renewed(sent: sent)
        }
        return lease
    }

    /// What is left of the lease after a failed attempt. Throws what another attempt would not change.
    private func giveUp(
        _ lease: LeaseClock?,
        after error: KeyValueClientError
    ) async throws(KeyValueClientError) -> LeaseClock? {
        switch error.code {
        case .preconditionFailed: return lease
        case .indeterminate:
            // Our put may still be on its way. Without its lease it will be refused, or undone.
            if let lease { await release(lease) }
            return nil
        case .leaseNotFound: return nil
        case .unavailable: return lease
        default:
            if let lease { await release(lease) }
            throw error
        }
    }

    /// Returns when the lock's key is gone, or it is time to try again anyway: the watch may be down.
    private func waitForRelease(_ changes: MemorySubscription, atMost limit: Duration) async {
        let clock = clock
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in changes {
                    if case .changed(let change) = event, change.new != nil { continue }
                    return
                }
                try? await clock.sleep(for: limit)
            }
            group.addTask { try? await clock.sleep(for: limit) }
            _ = await group.next()
            group.cancelAll()
        }
    }
}
