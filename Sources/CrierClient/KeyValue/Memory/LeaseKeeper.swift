/// Renews a lease three times in its life, and says when it may be over.
struct LeaseKeeper: Sendable {
    let lease: LeaseClock
    let client: KeyValueClient
    let clock: any ClientClock

    /// Returns when the lease may be over, with the reason; nil when the task was cancelled before.
    func run() async -> KeyValueClientError? {
        await withTaskGroup(of: KeyValueClientError?.self) { group in
            group.addTask { await renewForever() }
            group.addTask { await watchDeadline() }
            var reason: KeyValueClientError?
            for await end in group {
                if reason == nil { reason = end }
                group.cancelAll()
            }
            return reason
        }
    }

    private func renewForever() async -> KeyValueClientError? {
        var pause = lease.timeToLive / Limits.lockRenewals
        while (try? await clock.sleep(for: pause)) != nil {
            let sent = clock.now
            do throws(KeyValueClientError) {
                // An answer that comes after the lease is over is of no use.
                try await client.renewLease(lease.id, timeout: max(.milliseconds(1), lease.remaining))
                lease.renewed(sent: sent)
                pause = lease.timeToLive / Limits.lockRenewals
            } catch {
                if error.code == .leaseNotFound {
                    lease.lose()
                    return error
                }
                pause = min(Limits.lockRetryInterval, lease.timeToLive / (Limits.lockRenewals * 4))
            }
        }
        return nil
    }

    /// A renewal may hang; the clock does not.
    private func watchDeadline() async -> KeyValueClientError? {
        while true {
            let remaining = lease.remaining
            guard remaining > .zero else {
                return KeyValueClientError(.lockLost, "the lease was not renewed for \(lease.timeToLive)")
            }
            guard (try? await clock.sleep(for: remaining)) != nil else { return nil }
        }
    }
}
