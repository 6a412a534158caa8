import CrierGRPC
import CrierStorage
import Testing

@testable import crier

@Suite("Where the key-value state is")
struct StoreAddressTests {
    private func host(_ host: String, _ port: Int) -> HostPort { HostPort(host: host, port: port) }

    @Test("An own store, another gateway's and etcd's are read")
    func readable() {
        #expect(StoreAddress("sqlite") == .own)
        #expect(StoreAddress("crier://ctl:6566") == .gateway(host("ctl", 6566)))
        #expect(StoreAddress("crier://[::1]:1") == .gateway(host("::1", 1)))
        #expect(
            StoreAddress("etcd://a:2379") == .etcd(EtcdStoreSettings(endpoints: [host("a", 2379)], prefix: "crier")))
        #expect(
            StoreAddress("etcd://a:2379,b:2380/prod/eu-1")
                == .etcd(EtcdStoreSettings(endpoints: [host("a", 2379), host("b", 2380)], prefix: "prod/eu-1")))
    }

    @Test(
        "What is neither is refused",
        arguments: [
            "", "SQLite", "crier://", "crier://a", "crier://a:0", "crier://a:1/x", "crier://a:1,b:2", "etcd://",
            "etcd://a:1,", "etcd://a:1//x", "etcd://a:1/ü", "http://a:1", "a:1",
        ])
    func unreadable(_ text: String) { #expect(StoreAddress(text) == nil) }
}
