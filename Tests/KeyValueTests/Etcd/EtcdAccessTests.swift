import CrierCore
import CrierStorage
import EtcdMembers
import NIOPosix
import Testing

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(EtcdFaults.room, name) }

extension EtcdTests {
    @Suite("Etcd: who is let in")
    struct Access {
        /// A member that asks for a password, and a store that knows it.
        private func guarded(flags: [String] = []) async throws -> (EtcdFaults, EtcdStoreSettings) {
            let etcd = try EtcdFaults(1, flags: ["--bcrypt-cost", "4"] + flags)
            try etcd[0].enableAuthentication(user: "gateway", password: "secret: %", prefix: "crier")
            var settings = etcd.settings
            settings.user = EtcdStoreSettings.User(name: "gateway", password: "secret: %")
            return (etcd, settings)
        }

        private func open(_ settings: EtcdStoreSettings) async throws -> EtcdKeyValueStore {
            try await EtcdKeyValueStore.open(settings, group: MultiThreadedEventLoopGroup.singleton)
        }

        @Test("A user whose role has the prefix and nothing else does all that a gateway needs")
        func user() async throws {
            let (etcd, settings) = try await guarded()
            let store = try await etcd.open(settings)
            var watch = try await store.watch(StoreScope(EtcdFaults.room), after: nil).makeAsyncIterator()
            let lease = try await store.grantLease(milliseconds: 60_000)
            let put = try await store.put(key("k"), .integer(1), expiry: .lease(lease.id)).position
            #expect(try await watch.next()?.position == put)
            #expect(try await store.increment(key("k")).entry.value == .integer(2))
            _ = try await store.renewLease(lease.id)
            try await store.revokeLease(lease.id)
            #expect(try await store.history(of: key("k"), limit: 9).changes.map(\.kind) == [.delete, .put, .put])
            #expect(try await store.list(StoreListRequest(StoreScope(EtcdFaults.room))).entries.isEmpty)
            await store.close()
        }

        @Test("A wrong password, no password and another prefix than the role's are refused, saying so")
        func refused() async throws {
            let (etcd, settings) = try await guarded()
            // Refusals are looked for once etcd lets somebody in.
            try await etcd.open(settings).close()
            var wrong = settings
            wrong.user?.password = "guessed"
            var nobody = settings
            nobody.user = nil
            var elsewhere = settings
            elsewhere.prefix = "elsewhere"
            for settings in [wrong, nobody, elsewhere] {
                let error = await #expect(throws: StorageError.self) { try await open(settings) }
                #expect(error?.message.contains("denied") == true, "\(String(describing: error))")
            }
        }

        @Test(
            "Tokens that etcd has forgotten are replaced: requests and the watch go on, and so does one that is begun then"
        )
        func forgottenTokens() async throws {
            let (etcd, settings) = try await guarded()
            let store = try await etcd.open(settings)
            let start = try await store.putAnswered(key("start"))
            let watch = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            var answered: [UInt64] = []
            for round in 0..<3 {
                // Simple tokens live in a member's memory.
                etcd[0].kill()
                try etcd[0].start()
                answered.append(try await store.putAnswered(key("k\(round)")).revision)
            }
            let last = try await store.putAnswered(key("end"))
            try await EtcdFaults.expect(watch, tells: answered, until: last)
            let late = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            try await EtcdFaults.expect(late, tells: answered, until: last)
            await store.close()
        }

        @Test("Tokens that are too old are replaced without anybody noticing")
        func oldTokens() async throws {
            let (etcd, settings) = try await guarded(flags: ["--auth-token-ttl", "1"])
            let store = try await etcd.open(settings)
            for count: Int64 in 1...2 {
                var watch = try await store.watch(StoreScope(EtcdFaults.room), after: nil).makeAsyncIterator()
                #expect(try await store.increment(key("n")).entry.value == .integer(count))
                // Longer than a token lives that nobody uses.
                try await store.put(key("short"), .integer(1), expiry: .after(milliseconds: 1_500))
                var isGone = false
                while !isGone, let event = try await watch.next() {
                    guard case .changes(let set) = event else { continue }
                    isGone = set.changes.contains { $0.kind == .expire }
                }
                #expect(isGone)
            }
            await store.close()
        }

        @Test("Over TLS, with certificates on both sides; without ours, and of another authority, nobody gets in")
        func tls() async throws {
            let certificates = try EtcdCertificates()
            let etcd = try EtcdFaults(1, tls: certificates)
            var settings = etcd.settings
            settings.tls = EtcdStoreSettings.TLS(
                authorityFile: certificates.authority, certificateFile: certificates.clientCertificate,
                keyFile: certificates.clientKey
            )
            let store = try await etcd.open(settings)
            var watch = try await store.watch(StoreScope(EtcdFaults.room), after: nil).makeAsyncIterator()
            let put = try await store.put(key("k"), .integer(1)).position
            #expect(try await watch.next()?.position == put)
            let stranger = try EtcdCertificates()
            for tls in [
                EtcdStoreSettings.TLS(authorityFile: certificates.authority),
                EtcdStoreSettings.TLS(
                    authorityFile: stranger.authority, certificateFile: certificates.clientCertificate,
                    keyFile: certificates.clientKey
                ),
                EtcdStoreSettings.TLS(
                    authorityFile: certificates.authority, certificateFile: stranger.clientCertificate,
                    keyFile: stranger.clientKey
                ),
                nil,
            ] {
                settings.tls = tls
                settings.patience = .milliseconds(200)
                await #expect(throws: StorageError.self) { try await open(settings) }
            }
            await store.close()
        }
    }
}
