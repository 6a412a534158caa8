import CrierCore
import CrierMessages
import NIOCore
import Synchronization

/// Leases for entries with an expiry of their own. Entries of the same expiry that are written at about the same time
/// share one: a lease for each would be more than etcd can carry.
///
/// A lease is somewhat longer than the expiry, and takes entries for that much time after it was asked for; so none of
/// them goes early, and none much later.
final class EtcdTimedLeases: Sendable {
    /// A lease, and until when an entry may be put on it.
    struct Timed: Sendable {
        let id: Int64
        let closes: NIODeadline
    }

    private struct Open {
        let timed: Timed
        var entries: Int
    }

    private let leases: EtcdLeases
    private let timer: MonotonicClock
    private let open = Mutex<[Int64: Open]>([:])
    private let turns = Turns<Int64>()

    init(_ leases: EtcdLeases, _ timer: MonotonicClock) {
        self.leases = leases
        self.timer = timer
    }

    /// A lease for an entry that is to be written now and to live so long.
    func lease(milliseconds: Int64) async throws(KeyValueError) -> Timed {
        if let timed = take(milliseconds) { return timed }
        await turns.take([milliseconds])
        defer { turns.giveBack([milliseconds]) }
        if let timed = take(milliseconds) { return timed }
        let spare = max(milliseconds / EtcdLimits.timedLeaseParts, EtcdLimits.timedLeaseMinimum)
        let closes = timer.now + .milliseconds(spare)
        let id = Int64.random(in: 1...(1 << 61) - 1)
        _ = try await leases.grant(id, seconds: (milliseconds + spare + 999) / 1_000)
        let timed = Timed(id: id, closes: closes)
        open.withLock { open in
            // Those that are closed are of no use: whatever times there were, few are kept.
            if open.count >= EtcdLimits.openTimedLeases {
                open = open.filter { $0.value.timed.closes > timer.now }
            }
            open[milliseconds] = Open(timed: timed, entries: 1)
        }
        return timed
    }

    /// The entry is written, or may be. What was written late gets its whole time by renewing.
    func wrote(_ timed: Timed) async {
        if timer.now > timed.closes { _ = try? await leases.renew(timed.id) }
    }

    /// A lease of that number is gone: nothing more is put on it.
    func forget(_ timed: [Timed]) {
        let ids = Set(timed.map(\.id))
        open.withLock { open in open = open.filter { !ids.contains($0.value.timed.id) } }
    }

    /// Half of the time that it takes entries is left for the write itself.
    private func take(_ milliseconds: Int64) -> Timed? {
        open.withLock { open in
            guard var found = open[milliseconds], found.entries < KeyValueLimits.expirySliceEntries else { return nil }
            let spare = max(milliseconds / EtcdLimits.timedLeaseParts, EtcdLimits.timedLeaseMinimum)
            guard timer.now < found.timed.closes - .milliseconds(spare / 2) else { return nil }
            found.entries += 1
            open[milliseconds] = found
            return found.timed
        }
    }
}
