import CrierCore
import CrierMessages
import NIOCore
import Synchronization

/// Has etcd forget what need not be kept. Every node does, since it costs little and takes no revision: the first one
/// is obeyed, and the others hear that it is done.
final class EtcdCompactor: Sendable {
    private struct State {
        /// The oldest revision that is readable, as far as we know.
        var compacted: UInt64 = 0
        var isRunning = false
        /// Where the store stood when.
        var moments: [(time: NIODeadline, revision: UInt64)] = []
    }

    private let cluster: EtcdCluster
    private let revisions: UInt64?
    private let age: TimeAmount?
    private let state = Mutex(State())

    init(_ cluster: EtcdCluster, revisions: UInt64?, milliseconds: Int64?) {
        self.cluster = cluster
        self.revisions = revisions
        age = milliseconds.map { .milliseconds($0) }
    }

    /// Revisions that need not be there any more.
    func lag(_ heard: UInt64) -> Int {
        guard let revisions else { return 0 }
        let kept = heard - min(heard, state.withLock { $0.compacted })
        return Int(clamping: kept - min(kept, revisions))
    }

    /// Whether half as many revisions as are kept are too many. True once, until `run` has ended.
    func begin(_ heard: UInt64) -> Bool {
        guard let revisions else { return false }
        return state.withLock { state in
            guard !state.isRunning, heard >= state.compacted + revisions + revisions / 2 else { return false }
            state.isRunning = true
            return true
        }
    }

    /// After `begin`: removes what is too much.
    func run(_ heard: UInt64) async {
        if let revisions { await compact(to: heard - min(heard, revisions)) }
        state.withLock { $0.isRunning = false }
    }

    /// Removes what is too old. To be called every few seconds.
    func passTime(_ now: NIODeadline, heard: UInt64) async {
        guard let age else { return }
        let old = state.withLock { state -> UInt64? in
            if state.moments.last.map({ $0.revision < heard && $0.time + .seconds(1) < now }) ?? true {
                state.moments.append((now, heard))
            }
            guard let count = state.moments.firstIndex(where: { $0.time + age > now }), count > 0 else { return nil }
            defer { state.moments.removeFirst(count) }
            return state.moments[count - 1].revision
        }
        if let old { await compact(to: old) }
    }

    private func compact(to revision: UInt64) async {
        guard revision > state.withLock({ $0.compacted }) else { return }
        let request = Etcd.CompactionRequest(revision: Int64(clamping: revision))
        do throws(KeyValueError) {
            _ = try await cluster.ask(EtcdMethods.compact, request, isWrite: true, isLinearizable: false)
        } catch {
            // Somebody has removed as much, or more. Anything else waits for the next time.
            guard error.code == .compacted else { return }
        }
        state.withLock { $0.compacted = max($0.compacted, revision) }
    }
}
