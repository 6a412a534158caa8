import CrierCore
import Logging

/// Follows another gateway's log for as long as it runs, whatever happens to the connection.
///
/// ```
///   following ──(loss, silence)──▶ pause ──▶ following, after the last position
///       └─────(reset)──▶ following from now; every watcher hears of the reset
/// ```
struct LogFollower: Sendable {
    let calls: StoreCalls
    let relay: ChangeRelay
    let logger: Logger
    /// Silence after which the connection is taken for dead.
    let silence: Duration

    /// Until the task is cancelled.
    func run() async {
        var isAway = false
        while !Task.isCancelled {
            do throws(KeyValueError) {
                try await follow { position in
                    if isAway { logger.notice("Key-value store is back", metadata: ["position": "\(position)"]) }
                    isAway = false
                }
            } catch {
                guard !Task.isCancelled else { return }
                relay.lost(error)
                if !isAway { logger.warning("Key-value store is away", metadata: ["error": "\(error)"]) }
                isAway = true
            }
            try? await Task.sleep(for: RemoteLimits.retryDelay)
        }
    }

    /// Returns when the log is to be followed anew.
    private func follow(_ begun: (StorePosition) -> Void) async throws(KeyValueError) {
        let after = relay.end
        var log: FollowedLog
        do throws(KeyValueError) {
            log = try await FollowedLog(calls, after: after, silence: silence)
        } catch {
            switch error.code {
            case .compacted: return relay.reset(.compacted)
            case .epochChanged: return relay.reset(.epochChanged)
            default: throw error
            }
        }
        defer { log.end() }
        begun(log.start)
        relay.began(at: log.start)
        while let event = try await log.next() {
            switch event {
            case .heard(let event): relay.heard(event)
            case .reset(let reset): return relay.reset(reset)
            case .again: return
            }
        }
    }
}
