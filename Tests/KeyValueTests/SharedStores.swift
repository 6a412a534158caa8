import Foundation

/// The drivers of stores that several gateways share. Their tests know how long a real network and a real etcd take, and do not
/// stand a machine yet that has no time for them.
enum SharedStores {
    /// `CRIER_TEST_SHARED_STORES=1` asks for them.
    static var areTested: Bool { ProcessInfo.processInfo.environment["CRIER_TEST_SHARED_STORES"] == "1" }
}
