import CrierCore
import CrierStorage
import Crypto
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A directory of its own, removed afterwards.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/crier-files-\(UInt64.random(in: 0...(.max)))"
        try #require(mkdir(path, 0o700) == 0)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(directory)
        }
        Glibc.remove(path)
    }
}

/// Time that moves when a test says so.
final class HandClock: Sendable {
    private let elapsed = Mutex<Int64>(0)

    var wall: WallClock { WallClock { 1_700_000_000_000 + self.elapsed.withLock { $0 } } }
    var now: @Sendable () -> NIODeadline {
        { .uptimeNanoseconds(0) + .milliseconds(self.elapsed.withLock { $0 }) }
    }

    func advance(milliseconds: Int64) { elapsed.withLock { $0 += milliseconds } }
}

/// A store in a directory, which can be let go of as a crash does and opened again.
final class StoreHarness {
    let directory: String
    let names = MemoryKeyValueStore()
    let clock = HandClock()
    private(set) var store: DiskFileStore
    private let temporary: TemporaryDirectory?

    init(directory: String? = nil) async throws {
        let temporary = directory == nil ? try TemporaryDirectory() : nil
        self.temporary = temporary
        self.directory = directory ?? temporary!.path + "/files"
        store = try await Self.open(self.directory, names, clock)
    }

    /// What a crash leaves: nothing is brought to the disk in order, and the next process reads what is there.
    func restart() async throws {
        store.close()
        store = try await Self.open(directory, names, clock)
    }

    private static func open(
        _ directory: String, _ names: MemoryKeyValueStore, _ clock: HandClock
    ) async throws -> DiskFileStore {
        try await DiskFileStore.open(
            directory: directory, nodeID: "n1", keyValue: names, threads: .singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: clock.wall, now: clock.now
        )
    }
}

/// Bytes that look random and are the same each time.
func sample(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

func digest(of bytes: [UInt8]) throws -> ContentDigest {
    try #require(ContentDigest(Array(SHA256.hash(data: bytes))))
}

func beginning(
    _ bytes: [UInt8], id: String = "u1", name: String = "file.bin", offset: Int64 = 0, announced: ContentDigest? = nil
) throws -> UploadBeginning {
    try UploadBeginning(
        id: UploadID(id), name: FileName(name, field: "name"), size: Int64(bytes.count),
        digest: announced, offset: offset, mediaType: "application/octet-stream"
    )
}

extension DiskFileStore {
    /// The stream of an upload that has something to send.
    func begin(_ beginning: UploadBeginning) async throws -> any FileUpload {
        guard case .ready(let upload) = try await beginUpload(beginning) else {
            throw FileStoreError(.failedPrecondition, "the upload is complete")
        }
        return upload
    }

    @discardableResult
    func put(_ bytes: [UInt8], id: String = "u1", name: String = "file.bin") async throws -> FileDescription {
        let upload = try await begin(beginning(bytes, id: id, name: name, announced: digest(of: bytes)))
        try await upload.append(bytes, from: 0, upTo: bytes.count)
        return try await upload.finish()
    }

    /// Everything, by way of what a download uses.
    func contents(of digest: ContentDigest, chunkBytes: Int = 256 << 10) throws -> [UInt8] {
        let file = try open(digest)
        return try file.prepare(0..<file.size, chunkBytes: chunkBytes)
            .flatMap { chunk in
                Array(try file.read(chunk).readableBytesView)
            }
    }
}

extension FileUpload {
    /// Sends a part of `bytes` in chunks of 100,000 bytes.
    func append(_ bytes: [UInt8], from start: Int, upTo end: Int) async throws {
        for offset in stride(from: start, to: end, by: 100_000) {
            let piece = bytes[offset..<min(offset + 100_000, end)]
            try await append(ByteBuffer(bytes: piece), at: Int64(offset), crc32c: nil)
        }
    }
}

/// Changes one byte of a file.
func corrupt(_ path: String, at offset: Int) throws {
    let file = Glibc.open(path, O_RDWR)
    try #require(file >= 0)
    defer { close(file) }
    var byte: UInt8 = 0
    try #require(pread(file, &byte, 1, off_t(offset)) == 1)
    byte ^= 0x55
    try #require(pwrite(file, &byte, 1, off_t(offset)) == 1)
}
