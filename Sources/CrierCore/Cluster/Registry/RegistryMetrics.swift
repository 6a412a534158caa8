import Metrics

/// The counters of the registry.
struct RegistryMetrics: Sendable {
    private let done = Counter(label: "crier_registry_transactions_total", dimensions: [("outcome", "done")])
    private let refused = Counter(label: "crier_registry_transactions_total", dimensions: [("outcome", "refused")])
    private let failed = Counter(label: "crier_registry_transactions_total", dimensions: [("outcome", "failed")])
    private let superseded = Counter(label: "crier_registry_ends_total", dimensions: [("reason", "superseded")])
    private let recalled = Counter(label: "crier_registry_ends_total", dimensions: [("reason", "recalled")])
    private let damaged = Counter(label: "crier_registry_damaged_records_total")
    private let feeds = Counter(label: "crier_registry_feeds_total")
    private let rereads = Counter(label: "crier_registry_rereads_total")
    private let backlog = Meter(label: "crier_registry_backlog")
    private let proven = Meter(label: "crier_registry_proven")
    private let away = Meter(label: "crier_registry_store_away")

    func answered(_ result: Result<StoreTransaction.Outcome, KeyValueError>) {
        switch result {
        case .success(let outcome): (outcome.succeeded ? done : refused).increment()
        case .failure: failed.increment()
        }
    }

    func ended(_ how: RemoteEnd) { (how == .superseded ? superseded : recalled).increment() }
    func foundDamaged() { damaged.increment() }
    func openedFeed() { feeds.increment() }
    func reread() { rereads.increment() }

    func show(_ status: RegistryStatus) {
        backlog.set(status.backlog)
        proven.set(status.isProven ? 1 : 0)
        away.set(status.awaySince == nil ? 0 : 1)
    }
}
