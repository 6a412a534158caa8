import Metrics

/// The counters of the gateway. A push touches none of them: each loop tallies in plain integers and adds up once a
/// second, since one atomic counter shared by all loops costs more than the push.
struct GatewayMetrics: Sendable {
    private let sessionsStarted = Counter(label: "crier_sessions_started_total")
    private let clientsQuarantined = Counter(label: "crier_clients_quarantined_total")
    private let clientsOnline = Counter(label: "crier_clients_online_total")
    private let clientsOffline = Counter(label: "crier_clients_offline_total")
    private let refusals: [ConnectRefusal: Counter]
    private let ends: [String: Counter]
    private let pushes: [Counter]

    init() {
        refusals = Dictionary(
            uniqueKeysWithValues: ConnectRefusal.allCases.map {
                ($0, Counter(label: "crier_connects_refused_total", dimensions: [("reason", $0.rawValue)]))
            }
        )
        ends = Dictionary(
            uniqueKeysWithValues: SessionEnd.labels.map { label in
                (label, Counter(label: "crier_sessions_ended_total", dimensions: [("reason", label)]))
            }
        )
        pushes = PushResult.Outcome.allCases.map {
            Counter(label: "crier_pushes_total", dimensions: [("outcome", $0.label)])
        }
    }

    func started() { sessionsStarted.increment() }

    func refused(_ reason: ConnectRefusal) { refusals[reason]?.increment() }

    func quarantined() { clientsQuarantined.increment() }

    func ended(_ reason: SessionEnd) {
        ends[reason.label]?.increment()
    }

    func presence(_ kind: PresenceEvent.Kind) {
        switch kind {
        case .online: clientsOnline.increment()
        case .offline: clientsOffline.increment()
        }
    }

    /// Adds a loop's tally and empties it.
    func add(_ tally: inout PushTally) {
        guard tally.isDirty else { return }
        for (place, count) in tally.counts.enumerated() where count > 0 { pushes[place].increment(by: count) }
        tally = PushTally()
    }
}

/// Why a client was not let in, before anything was known of it.
enum ConnectRefusal: String, CaseIterable {
    case draining, full, rate
}

/// The pushes that one loop answered since it last added them up, by outcome. Belongs to the loop.
struct PushTally {
    private(set) var counts = [Int](repeating: 0, count: PushResult.Outcome.allCases.count)
    private(set) var isDirty = false

    /// Returns true for the first since the last adding up: the next one must be arranged for.
    mutating func count(_ outcome: PushResult.Outcome) -> Bool {
        counts[outcome.place] += 1
        defer { isDirty = true }
        return !isDirty
    }
}

extension PushResult.Outcome {
    /// The place in `allCases`.
    fileprivate var place: Int {
        switch self {
        case .written: 0
        case .received: 1
        case .applied: 2
        case .rejected: 3
        case .notConnected: 4
        case .congested: 5
        case .unreachable: 6
        case .unknown: 7
        }
    }

    var label: String {
        switch self {
        case .written: "written"
        case .received: "received"
        case .applied: "applied"
        case .rejected: "rejected"
        case .notConnected: "not_connected"
        case .congested: "congested"
        case .unreachable: "unreachable"
        case .unknown: "unknown"
        }
    }
}
