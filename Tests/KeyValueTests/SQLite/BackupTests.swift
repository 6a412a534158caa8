import CrierCore
import CrierStorage
import Foundation
import Testing

private let room = StoreNamespace(constant: "room")

@Suite("Backup and restore")
struct BackupTests {
    private let harness: StoreHarness

    init() throws { harness = try StoreHarness() }

    private func key(_ index: Int) throws -> StoreKey { try StoreKey(room, "k\(index)") }

    private func save(_ backup: any StoreBackup, _ name: String = "copy") async throws -> String {
        var bytes: [UInt8] = []
        while let piece = try await backup.next() { bytes += piece }
        #expect(bytes.count == Int(backup.byteCount))
        let file = harness.parent.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    private func refusal(_ file: String, _ directory: String) -> StorageError? {
        do throws(StorageError) {
            try SQLiteKeyValueStore.restore(from: file, into: directory)
            return nil
        } catch {
            return error
        }
    }

    @Test("A backup made under load is the store of one moment, and restores to it with another epoch")
    func consistency() async throws {
        let store = try harness.open()
        let value = StoreValue.bytes((0..<900).map { UInt8(truncatingIfNeeded: $0) })
        for index in 0..<2_000 { try await store.put(key(index % 1_000), value) }
        let writing = Task {
            var round: Int64 = 0
            while !Task.isCancelled {
                let number = StoreValue.integer(round)
                try await store.transact(
                    StoreTransaction(then: [.put(key(0), number), .put(key(500), number), .put(key(999), number)]))
                round += 1
            }
        }
        let before = try await store.get(key(0)).position
        let file = try await save(try await store.backup())
        let after = try await store.get(key(0)).position
        writing.cancel()
        _ = await writing.result
        await store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: harness.path).allSatisfy { !$0.contains("backup") })

        try SQLiteKeyValueStore.restore(from: file, into: harness.parent.file("other"))
        let restored = try harness.open("other")
        let page = try await restored.list(StoreListRequest(StoreScope(room)))
        #expect(page.entries.count == 1_000)
        #expect(page.position.epoch != before.epoch)
        #expect((before.revision...after.revision).contains(page.position.revision))
        let numbers = try await [0, 500, 999].asyncMap { try await restored.get(key($0)).entry?.revision }
        #expect(Set(numbers).count == 1)
        await #expect(throws: KeyValueError.self) { try await restored.watch(.everything, after: before) }
        await restored.close()
    }

    @Test("A restore replaces what is there, log and all")
    func replacement() async throws {
        func fill() async throws -> String {
            let store = try harness.open()
            try await store.put(key(1), .integer(1))
            let file = try await save(try await store.backup())
            try await store.put(key(2), .integer(2))
            await store.close()
            return file
        }
        let file = try await fill()
        harness.release()
        try SQLiteKeyValueStore.restore(from: file, into: harness.path)
        let restored = try harness.open()
        #expect(try await restored.get(key(1)).entry?.value == .integer(1))
        #expect(try await restored.get(key(2)).entry == nil)
        await restored.close()
    }

    @Test("A directory in use, a foreign file, a damaged one and a newer one are refused, and nothing is changed")
    func refusals() async throws {
        func fill() async throws -> String {
            let store = try harness.open()
            for index in 1..<300 { try await store.put(key(index), .string(String(repeating: "v", count: 200))) }
            let file = try await save(try await store.backup())
            #expect(refusal(file, harness.path)?.code == .inUse)
            await store.close()
            return file
        }
        let file = try await fill()
        harness.release()

        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[63] = 99
        try bytes.write(to: URL(fileURLWithPath: harness.parent.file("newer")))
        #expect(refusal(harness.parent.file("newer"), harness.path)?.code == .newer)
        bytes[63] = 2
        for index in 8_192..<16_384 { bytes[index] = 0xa5 }
        try bytes.write(to: URL(fileURLWithPath: harness.parent.file("damaged")))
        #expect(refusal(harness.parent.file("damaged"), harness.path)?.code == .damaged)
        try Data("not a database at all, but some bytes of text".utf8)
            .write(to: URL(fileURLWithPath: harness.parent.file("foreign")))
        #expect(refusal(harness.parent.file("foreign"), harness.path)?.code == .damaged)
        #expect(refusal(harness.parent.file("missing"), harness.path)?.code == .unavailable)

        let same = try harness.open()
        #expect(try await same.get(key(1)).entry != nil)
        await same.close()
    }

    @Test("A second backup at once is refused; what a crash left of one is removed at the next start")
    func leftovers() async throws {
        let store = try harness.open()
        try await store.put(key(1), .integer(1))
        await store.close()
        let left = "\(harness.path)/kv-backup-77"
        try Data("half".utf8).write(to: URL(fileURLWithPath: left))
        let again = try harness.open()
        #expect(!FileManager.default.fileExists(atPath: left))
        await again.close()
    }
}

extension Sequence {
    fileprivate func asyncMap<R>(_ transform: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
