import CrierCore
import CrierStorage
import Glibc
import NIOCore
import Testing

/// A file system of a few MiB in memory.
final class SmallDisk {
    let path: String
    private let directory: TemporaryDirectory

    /// Only root may mount.
    static var isPossible: Bool {
        guard geteuid() == 0, let directory = try? TemporaryDirectory() else { return false }
        defer { umount(directory.path) }
        return mount("tmpfs", directory.path, "tmpfs", 0, "size=64k") == 0
    }

    init(mebibytes: Int) throws {
        directory = try TemporaryDirectory()
        path = directory.path
        try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0)
    }

    /// Takes room away, leaving about `bytes`.
    func fill(leaving bytes: Int) throws {
        var status = statvfs()
        try #require(statvfs(path, &status) == 0)
        let count = Int(status.f_bavail) * Int(status.f_frsize) - bytes
        let file = Glibc.open(path + "/ballast", O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        try #require(posix_fallocate(file, 0, count) == 0)
    }

    func empty() { unlink(path + "/ballast") }

    deinit { umount2(path, CInt(MNT_DETACH)) }
}

@Suite("A full disk", .enabled(if: SmallDisk.isPossible, "needs root, to mount a small tmpfs"))
struct FullDiskTests {
    @Test("A file that cannot fit is refused before its first byte")
    func tooLarge() async throws {
        let disk = try SmallDisk(mebibytes: 4)
        let harness = try await StoreHarness(directory: disk.path + "/files")
        let message = await refusal(.resourceExhausted) {
            _ = try await harness.store.begin(beginning(sample(8 << 20)))
        }
        #expect(message.contains("8388608"))
        try await harness.store.put(sample(100_000), id: "small")
    }

    @Test("A disk that fills up meanwhile is RESOURCE_EXHAUSTED; the part is kept, and goes on when there is room")
    func fillsUp() async throws {
        let disk = try SmallDisk(mebibytes: 8)
        let harness = try await StoreHarness(directory: disk.path + "/files")
        let bytes = sample(3 << 20)
        let upload = try await harness.store.begin(beginning(bytes))
        try await upload.append(bytes, from: 0, upTo: 1_000_000)
        try disk.fill(leaving: 300_000)
        _ = await refusal(.resourceExhausted) { try await upload.append(bytes, from: 1_000_000, upTo: bytes.count) }
        await upload.suspend()

        disk.empty()
        let committed = try await harness.store.uploadProgress(of: UploadID("u1")).committed
        #expect(committed >= 1_000_000)
        let second = try await harness.store.begin(beginning(bytes, offset: committed))
        try await second.append(bytes, from: Int(committed), upTo: bytes.count)
        #expect(try await second.finish().digest == (try digest(of: bytes)))
        #expect(try harness.store.contents(of: digest(of: bytes)) == bytes)
    }
}
