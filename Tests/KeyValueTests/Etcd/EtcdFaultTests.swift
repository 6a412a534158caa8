import CrierCore
import CrierGRPC
import CrierStorage
import EtcdMembers
import Testing

private func key(_ name: String) throws(KeyValueError) -> StoreKey { try StoreKey(EtcdFaults.room, name) }

extension EtcdTests {
    @Suite("Etcd: members that go")
    struct Faults {
        @Test("Each of three members, the leader too, is killed in turn: what was answered is heard once and in order")
        func membersKilled() async throws {
            let etcd = try EtcdFaults(3)
            let store = try await etcd.open()
            let start = try await store.putAnswered(key("start"))
            let watch = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            let writing = Task { try await store.write(prefix: "a") }
            for member in etcd.members.members {
                member.kill()
                // Answered by the other two.
                try await store.putAnswered(key("while \(member.place.name) is away"))
                try member.start()
            }
            writing.cancel()
            let answered = try await writing.value
            #expect(!answered.isEmpty)
            let last = try await store.putAnswered(key("end"))
            try await EtcdFaults.expect(watch, tells: answered, until: last)
            await store.close()
        }

        @Test(
            "All members go: reads and writes say that nothing was done; they come back: the watch goes on without a gap"
        )
        func allKilled() async throws {
            let etcd = try EtcdFaults(3)
            let store = try await etcd.open(patience: .seconds(1))
            let start = try await store.putAnswered(key("start"))
            let watch = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            let before = try await store.putAnswered(key("before"))
            etcd.members.kill()
            var codes: [KeyValueError.Code] = []
            for _ in 0..<2 {
                let refusal = await EtcdFaults.refusal { () async throws(KeyValueError) in
                    try await store.put(key("lost"), .integer(1))
                }
                if let refusal { codes.append(refusal.code) }
            }
            // The first may find a connection that is just breaking.
            #expect(codes.count == 2 && codes.last == .unavailable)
            let read = await #expect(throws: KeyValueError.self) { try await store.get(key("k")) }
            #expect(read?.code == .unavailable)
            for member in etcd.members.members { try member.start() }
            let after = try await store.putAnswered(key("after"))
            try await EtcdFaults.expect(watch, tells: [before.revision, after.revision], until: after)
            await store.close()
        }

        @Test("Members stand still one after the other, connections open: the others answer, and the watch goes on")
        func membersStop() async throws {
            let etcd = try EtcdFaults(3)
            let store = try await etcd.open()
            let start = try await store.putAnswered(key("start"))
            let watch = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            var answered: [UInt64] = []
            for member in etcd.members.members {
                member.pause()
                answered.append(try await store.putAnswered(key("without \(member.place.name)")).revision)
                member.resume()
            }
            let last = try await store.putAnswered(key("end"))
            try await EtcdFaults.expect(watch, tells: answered, until: last)
            await store.close()
        }

        @Test(
            "An endpoint where nobody listens is passed over, whichever it is: reads, writes and watches go by the others"
        )
        func deadEndpoint() async throws {
            let etcd = try EtcdFaults(2)
            let nobody = EtcdMember.Place(9, on: etcd[0].place.host)
            for place in 0...2 {
                var settings = etcd.settings
                settings.endpoints.insert(HostPort(host: nobody.host, port: nobody.clientPort), at: place)
                let store = try await etcd.open(settings)
                var watch = try await store.watch(StoreScope(EtcdFaults.room), after: nil).makeAsyncIterator()
                let position = try await store.put(key("k"), .integer(Int64(place))).position
                #expect(try await watch.next()?.position == position)
                #expect(try await store.get(key("k")).entry?.value == .integer(Int64(place)))
                await store.close()
            }
        }

        @Test(
            "A cluster that was set up anew is another store: positions of the old one do not count, and its watches end"
        )
        func wiped() async throws {
            let etcd = try EtcdFaults(1)
            let store = try await etcd.open()
            for index in 0..<20 { try await store.putAnswered(key("k\(index)")) }
            let old = try await store.get(key("k0")).position
            var watch = try await store.watch(StoreScope(EtcdFaults.room), after: old).makeAsyncIterator()
            etcd.members.kill()
            try etcd[0].wipe()
            try etcd[0].start()
            await #expect(throws: StoreReset.epochChanged) {
                while let event = try await watch.next() { #expect(event.position == old) }
            }
            let now = try await store.get(key("k0"))
            #expect(now.entry == nil && now.position.epoch != old.epoch)
            let error = await #expect(throws: KeyValueError.self) {
                try await store.watch(StoreScope(EtcdFaults.room), after: old)
            }
            #expect(error?.code == .epochChanged)
            await store.close()
        }

        @Test("Etcd is compacted while it cannot be reached: every watch is told so, and one that begins anew goes on")
        func compactedMeanwhile() async throws {
            let etcd = try EtcdFaults(3)
            var settings = etcd.settings
            settings.endpoints = [settings.endpoints[0]]
            let store = try await etcd.open(settings)
            settings.endpoints = Array(etcd.settings.endpoints.dropFirst())
            let other = try await etcd.open(settings)
            let start = try await store.putAnswered(key("start"))
            var watch = try await store.watch(StoreScope(EtcdFaults.room), after: start).makeAsyncIterator()
            etcd[0].kill()
            for index in 0..<20 { try await other.putAnswered(key("k\(index)")) }
            let end = try await other.putAnswered(key("end"))
            try etcd[1].compact(to: end.revision)
            try etcd[0].start()
            await #expect(throws: StoreReset.compacted) {
                while let event = try await watch.next() { #expect(event.position == start) }
            }
            let refusal = await EtcdFaults.refusal { () async throws(KeyValueError) in
                _ = try await store.watch(StoreScope(EtcdFaults.room), after: start)
            }
            #expect(refusal?.code == .compacted)
            var anew = try await store.watch(StoreScope(EtcdFaults.room), after: end).makeAsyncIterator()
            let next = try await other.putAnswered(key("next"))
            #expect(try await anew.next()?.position == next)
            await other.close()
            await store.close()
        }
    }
}
