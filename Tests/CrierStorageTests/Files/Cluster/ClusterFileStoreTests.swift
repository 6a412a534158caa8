import CrierCore
import CrierStorage
import NIOCore
import Testing

@Suite("Files in a cluster", .timeLimit(.minutes(3)))
struct ClusterFileStoreTests {
    private func file(_ node: FileNode, _ name: String) throws -> FileDescription {
        try node.catalogue.description(of: .name(FileName(name, field: "name")))
    }

    @Test("A name that one node gives is seen on the others, with the node that has the bytes")
    func names() async throws {
        try await FileCluster.run { cluster in
            let (one, two) = (try await cluster.start("one"), try await cluster.start("two"))
            let bytes = sample(300_000)
            let stored = try await one.put(bytes, name: "a.bin")
            #expect(stored.nodes == ["one"])
            try await eventually { (try? file(two, "a.bin"))?.nodes == ["one"] }
            let seen = try file(two, "a.bin")
            #expect(seen.digest == stored.digest && seen.size == 300_000 && seen.blockSize == stored.blockSize)
            #expect(two.catalogue.list(prefix: "").map(\.name) == ["a.bin"])
        }
    }

    @Test("A node without the bytes brings them once, however many ask, and then has them too")
    func once() async throws {
        try await FileCluster.run { cluster in
            let (one, two) = (try await cluster.start("one"), try await cluster.start("two"))
            let bytes = sample(700_000)
            let digest = try await one.put(bytes, name: "a.bin").digest
            try await eventually { !two.catalogue.holders(of: digest).isEmpty }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { try await two.read(digest) == bytes } }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(two.peers.reads == ["one"])
            try await eventually { one.catalogue.holders(of: digest) == ["two"] }
            #expect(try file(two, "a.bin").nodes == ["one", "two"])
            #expect(try await two.read(digest) == bytes)
            #expect(two.peers.reads == ["one"])
        }
    }

    @Test("Bytes are served while they come, and the last of them only after the digest of all was found right")
    func meanwhile() async throws {
        try await FileCluster.run { cluster in
            let (one, two) = (try await cluster.start("one"), try await cluster.start("two"))
            let bytes = sample(5 * 65_536)
            let digest = try await one.put(bytes, name: "a.bin").digest
            try await eventually { !two.catalogue.holders(of: digest).isEmpty }
            two.peers.allow(2)
            let coming = try await two.open(digest)
            await coming.arrival(of: 0..<131_072)
            let chunks = try coming.prepare(0..<131_072, chunkBytes: 65_536)
            #expect(try chunks.flatMap { Array(try coming.read($0).readableBytesView) } == Array(bytes[..<131_072]))
            let isMoreHere = coming.isHere(131_072..<196_608, orElse: {})
            #expect(!isMoreHere)
            two.peers.allow(nil)
            await coming.arrival(of: 0..<coming.size)
            #expect(two.catalogue.content(digest) != nil)
            #expect(try coming.prepare(262_144..<327_680, chunkBytes: 65_536).count == 1)
        }
    }

    @Test("Of bytes that are not what their digest says, the end is never served, and the node does not keep them")
    func wrong() async throws {
        try await FileCluster.run { cluster in
            let (one, two) = (try await cluster.start("one"), try await cluster.start("two"))
            let digest = try await one.put(sample(3 * 65_536), name: "a.bin").digest
            try await eventually { !two.catalogue.holders(of: digest).isEmpty }
            two.peers.damage()
            let error = await #expect(throws: FileStoreError.self) { try await two.read(digest) }
            #expect(error?.code == .dataLoss)
            #expect(two.catalogue.content(digest) == nil)
        }
    }

    @Test("When the node that gives goes in the middle, another goes on where it stopped")
    func anotherGiver() async throws {
        try await FileCluster.run { cluster in
            let one = try await cluster.start("one")
            let two = try await cluster.start("two")
            let three = try await cluster.start("three")
            let bytes = sample(6 * 65_536)
            let digest = try await one.put(bytes, name: "a.bin").digest
            try await eventually { !two.catalogue.holders(of: digest).isEmpty }
            _ = try await two.read(digest)
            try await eventually { three.catalogue.holders(of: digest) == ["one", "two"] }
            three.peers.allow(3)
            let coming = try await three.open(digest)
            await coming.arrival(of: 0..<196_608)
            cluster.stop(three.peers.reads == ["one"] ? one : two)
            three.peers.allow(nil)
            #expect(try await three.read(digest) == bytes)
            #expect(Set(three.peers.reads) == ["one", "two"] && three.peers.reads.count == 2)
        }
    }

    @Test("An upload is answered when as many nodes have the file as are asked for")
    func replicas() async throws {
        try await FileCluster.run { cluster in
            let one = try await cluster.start("one", replicas: 2)
            let others = [try await cluster.start("two"), try await cluster.start("three")]
            let bytes = sample(200_000)
            let stored = try await one.put(bytes, name: "a.bin")
            #expect(stored.nodes.count == 2 && stored.nodes.contains("one"))
            let copy = try #require(others.first { stored.nodes.contains($0.name) })
            cluster.stop(one)
            #expect(try await copy.read(stored.digest) == bytes)
        }
    }

    @Test("A node that takes no copy is passed over, and an answer never names more than have it")
    func refusals() async throws {
        try await FileCluster.run { cluster in
            let one = try await cluster.start("one", replicas: 3)
            let two = try await cluster.start("two")
            let three = try await cluster.start("three")
            two.peers.refuseToHold()
            #expect(try await one.put(sample(1_000), name: "a.bin").nodes == ["one", "three"])
            three.peers.refuseToHold()
            #expect(try await one.put(sample(1_000, seed: 2), name: "b.bin", id: "u2").nodes == ["one"])
        }
    }

    @Test("A file that is deleted on one node is gone from all")
    func deletion() async throws {
        try await FileCluster.run { cluster in
            let one = try await cluster.start("one", replicas: 2)
            let two = try await cluster.start("two")
            let digest = try await one.put(sample(100_000), name: "a.bin").digest
            try await eventually { one.catalogue.holders(of: digest) == ["two"] }
            try await eventually { (try? file(two, "a.bin")) != nil }
            _ = try await two.files.delete(.name(FileName("a.bin", field: "name")))
            for node in [one, two] {
                try await eventually { node.catalogue.content(digest) == nil }
                try await eventually { (try? node.catalogue.description(of: .content(digest))) == nil }
            }
            #expect(try await cluster.state.list(StoreListRequest(.everything)).entries.isEmpty)
        }
    }

    @Test("A node that leaves hands over what no other living node has, and nothing else")
    func handOver() async throws {
        try await FileCluster.run { cluster in
            let one = try await cluster.start("one")
            let two = try await cluster.start("two")
            let alone = try await one.put(sample(100_000), name: "a.bin")
            let shared = try await one.put(sample(100_000, seed: 2), name: "b.bin", id: "u2")
            try await eventually { !two.catalogue.holders(of: shared.digest).isEmpty }
            _ = try await two.read(shared.digest)
            try await eventually { one.catalogue.holders(of: shared.digest) == ["two"] }
            let before = two.peers.reads.count
            #expect(await one.files.handOver() == 0)
            #expect(two.catalogue.content(alone.digest) != nil)
            #expect(two.peers.reads.count == before + 1)
            two.peers.refuseToHold()
            try await one.put(sample(1_000, seed: 3), name: "c.bin", id: "u3")
            #expect(await one.files.handOver() == 1)
        }
    }
}
