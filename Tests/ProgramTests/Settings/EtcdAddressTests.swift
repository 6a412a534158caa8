import CrierGRPC
import CrierStorage
import Testing

@testable import crier

@Suite("Addresses of etcd")
struct EtcdAddressTests {
    @Test("Members, and the prefix that is given or the usual one")
    func members() {
        let one = EtcdAddress.settings("etcd://127.0.0.1:2379")
        #expect(one?.endpoints == [HostPort(host: "127.0.0.1", port: 2379)])
        #expect(one?.prefix == "crier" && one?.user == nil && one?.tls == nil)
        let three = EtcdAddress.settings("etcd://a:1,[::1]:2,c:3/gateways/east/")
        #expect(three?.endpoints.map(\.description) == ["a:1", "[::1]:2", "c:3"])
        #expect(three?.prefix == "gateways/east")
    }

    @Test("A user with what is special in it written as percent and digits")
    func user() {
        let settings = EtcdAddress.settings("etcd://crier:p%40ss%2Fw%3Ard@a:1/p")
        #expect(settings?.user == EtcdStoreSettings.User(name: "crier", password: "p@ss/w:rd"))
    }

    @Test("TLS: with the system's authorities, or with files")
    func tls() {
        #expect(EtcdAddress.settings("etcds://a:1")?.tls == EtcdStoreSettings.TLS())
        #expect(
            EtcdAddress.settings("etcds://a:1/p?ca=/x/ca.pem&cert=c.pem&key=k%20.pem")?.tls
                == EtcdStoreSettings.TLS(authorityFile: "/x/ca.pem", certificateFile: "c.pem", keyFile: "k .pem")
        )
        #expect(EtcdAddress.settings("etcd://a:1?ca=ca.pem")?.tls?.authorityFile == "ca.pem")
    }

    @Test(
        "What is not of the form is refused",
        arguments: [
            "", "etcd", "etcd://", "etcd:///p", "http://a:1", "etcd://a", "etcd://a:0", "etcd://a:1,", "etcd://a:1//",
            "etcd://a:1/p//q", "etcd://a:1/p q", "etcd://user@a:1", "etcd://:x@a:1", "etcd://u:%4@a:1",
            "etcd://u:%+4@a:1",
            "etcd://u:%ff@a:1", "etcds://a:1?cert=c", "etcds://a:1?ca=", "etcds://a:1?ca=a&ca=b", "etcds://a:1?other=1",
            "etcds://a:1?",
        ])
    func refused(_ text: String) {
        #expect(EtcdAddress.settings(text) == nil)
    }
}
