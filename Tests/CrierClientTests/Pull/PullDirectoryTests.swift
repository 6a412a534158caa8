import Glibc
import Testing

@testable import CrierClient

@Suite("The pull directory")
struct PullDirectoryTests {
    let temporary: TemporaryDirectory
    let directory: PullDirectory
    let content = sampleBytes(10_000)

    init() throws {
        temporary = try TemporaryDirectory()
        directory = try PullDirectory(path: temporary.path)
    }

    private func open(_ name: String = "file.bin") throws -> PartialFile {
        try directory.open(PullRecord(order: order(for: content, name: name), received: 1))
    }

    private func fill(_ partial: PartialFile, _ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { try partial.append($0) }
    }

    @Test("A part has one writer")
    func oneWriter() throws {
        let first = try open()
        #expect { try open() } throws: { ($0 as? CrierClientError)?.code == .locked }
        withExtendedLifetime(first) {}
    }

    @Test("A finished file is never opened as a part, even by a writer that waited for it")
    func finishedIsNotAPart() throws {
        var partial: PartialFile? = try open()
        try fill(partial!, content[...])
        try directory.finish(partial!)
        partial = nil
        let next = try open()
        try next.prove(against: nil)
        #expect(try next.bytesOnDisk() == 0)
        #expect(temporary.bytes("file.bin") == content)
    }

    @Test("A finished file takes the place of the old one in one step")
    func replaces() throws {
        try temporary.write("file.bin", [1])
        let partial = try open()
        try fill(partial, content[...])
        #expect(temporary.bytes("file.bin") == [1])
        try directory.finish(partial)
        #expect(temporary.bytes("file.bin") == content)
    }

    @Test("A part is private; a finished file has the rights of any new file")
    func rights() throws {
        func mode(_ name: String) -> mode_t {
            var record = stat()
            return stat("\(temporary.path)/\(name)", &record) == 0 ? record.st_mode & 0o777 : 0
        }
        let partial = try open()
        #expect(mode(".crier/\(partial.order.digest.hex).part") == 0o600)
        try fill(partial, content[...])
        try directory.finish(partial)
        try temporary.write("reference", [])
        #expect(mode("file.bin") == mode("reference"))
    }

    @Test("The state lags the data until they are durable, and never leads")
    func stateLags() throws {
        let partial = try open()
        let order = partial.order
        try fill(partial, content[..<6000])
        #expect(try directory.record(of: order)?.durable == 0)
        try partial.flush()
        #expect(try directory.record(of: order)?.durable == 6000)
        try partial.reset()
        #expect(try directory.record(of: order)?.durable == 0)
        #expect(try partial.bytesOnDisk() == 0)
    }

    @Test("A part that proves shorter than its state corrects the state")
    func shorterThanState() throws {
        var partial: PartialFile? = try open()
        try fill(partial!, content[..<6000])
        try partial!.flush()
        partial = nil
        let name = ".crier/\(try order(for: content).digest.hex).part"
        var bytes = try #require(temporary.bytes(name))
        bytes[4500] ^= 1
        try temporary.write(name, bytes)
        let again = try open()
        try again.prove(against: try FakeSource(content).table())
        #expect(again.position == 4096)
        #expect(try directory.record(of: again.order)?.durable == 4096)
    }

    @Test("A symbolic link in the way is not followed")
    func symbolicLinks() throws {
        try temporary.write("victim", [7])
        let part = "\(temporary.path)/.crier/\(try order(for: content).digest.hex).part"
        #expect(symlink("\(temporary.path)/victim", part) == 0)
        #expect(throws: CrierClientError.self) { try open() }
        #expect(temporary.bytes("victim") == [7])
    }

    @Test("Unfinished pulls are found oldest first; what cannot be used goes away")
    func unfinished() throws {
        let older = try order(for: [1], name: "a")
        let newer = try order(for: [2], name: "b")
        try directory.save(PullRecord(order: newer, received: 2))
        try directory.save(PullRecord(order: older, received: 1))
        let broken = try order(for: [3]).digest.hex
        try temporary.write(".crier/\(broken).state", [1, 2, 3])
        try temporary.write(".crier/\(broken).part", [1, 2, 3])
        #expect(try directory.unfinished(now: SystemClock().wallMilliseconds).map(\.order) == [older, newer])
        #expect(!temporary.names(".crier").contains("\(broken).state"))
        #expect(temporary.names(".crier").contains("\(broken).part"))
        let muchLater = SystemClock().wallMilliseconds + Limits.partLifetime.wholeMilliseconds + 60_000
        _ = try directory.unfinished(now: muchLater)
        #expect(!temporary.names(".crier").contains("\(broken).part"))
    }

    @Test("A file that is already there is known by its digest, not by its name")
    func alreadyThere() throws {
        let order = try order(for: content)
        #expect(try !directory.has(order, named: order.name))
        try temporary.write("file.bin", Array(content.reversed()))
        #expect(try !directory.has(order, named: order.name))
        try temporary.write("file.bin", content)
        #expect(try directory.has(order, named: order.name))
    }
}
