import CrierCore
import CrierStorage
import Foundation
import Testing

/// A tmpfs of a few hundred KiB; only root can make one.
private final class SmallDisk {
    static let isPossible = (try? SmallDisk(bytes: 65_536)) != nil

    let directory: TemporaryDirectory

    init(bytes: Int) throws {
        directory = try TemporaryDirectory()
        guard mount("tmpfs", directory.path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    deinit { umount2(directory.path, Int32(MNT_DETACH)) }
}

@Suite("Full disk")
struct FullDiskTests {
    private static let room = StoreNamespace(constant: "full")

    private func key(_ index: Int) throws -> StoreKey { try StoreKey(Self.room, "k\(index)") }

    @Test(
        "A full disk refuses writes, keeps reads and what was answered, and goes on when there is room",
        .enabled(if: SmallDisk.isPossible))
    func fullDisk() async throws {
        let disk = try SmallDisk(bytes: 2 << 20)
        let directory = try DataDirectory(opening: disk.directory.file("data"))
        let filler = disk.directory.file("filler")
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: filler))
        let store = try SQLiteKeyValueStore(
            in: directory, fatal: { Issue.record("the process would have ended: \($0)") })

        let value = StoreValue.bytes(Array(repeating: 7, count: 16_384))
        var answered = 0
        var refusal: KeyValueError?
        while refusal == nil, answered < 200 {
            do throws(KeyValueError) {
                try await store.put(StoreKey(Self.room, "k\(answered)"), value)
                answered += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal?.code == .quota, "\(String(describing: refusal))")
        #expect(answered > 5)
        for index in 0..<answered {
            let read = try await store.get(key(index))
            #expect(read.entry?.value == value)
        }
        let absent = try await store.get(key(answered))
        #expect(absent.entry == nil)

        try FileManager.default.removeItem(atPath: filler)
        let again = try await store.put(key(answered), value)
        #expect(again.entry.revision == UInt64(answered) + 1)
        await store.close()
        let reopened = try SQLiteKeyValueStore(in: directory, fatal: { _ in })
        let page = try await reopened.list(StoreListRequest(StoreScope(Self.room), limit: 1_000))
        #expect(page.entries.count == answered + 1)
        await reopened.close()
    }
}
