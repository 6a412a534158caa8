import Crypto

/// Where files are pulled to. Unfinished ones live in `.crier` inside it, named by their digest: a changed file can
/// never meet an old beginning, and two notices of one content share one download.
///
///     <directory>/.crier/<sha256>.part           the bytes so far, locked by their one writer
///     <directory>/.crier/<sha256>.<name>.state   a notice, and how many bytes are surely on the disk; names are
///                                                hashed, and behind a dot so are message ids
///     <directory>/<file name>                    only ever a whole file whose digest is right
final class PullDirectory: Sendable {
    static let workName = ".crier"

    let path: String
    private let target: DiskDirectory
    private let work: DiskDirectory
    /// A part is for this user's eyes only; a finished file has the rights that any new file has.
    private let fileMode: UInt32

    /// Opens the directory, and makes it when it is not there.
    init(path: String) throws(CrierClientError) {
        self.path = path
        target = try DiskDirectory(path: path, create: true)
        work = try target.subdirectory(Self.workName)
        try target.sync()
        fileMode = 0o666 & ~DiskDirectory.fileCreationMask
    }

    func path(of name: SafeFileName) -> String { path.hasSuffix("/") ? "\(path)\(name)" : "\(path)/\(name)" }

    // MARK: State files

    /// Replaces the state file; whichever of the two a crash leaves is whole.
    func save(_ record: PullRecord) throws(CrierClientError) {
        let name = Self.stateName(record.order)
        let temporary = "\(name).new"
        let file = try work.openForWriting(temporary, emptied: true)
        let text = Array(record.text.utf8)
        try text.span.bytes.withUnsafeBytes { bytes throws(CrierClientError) in try file.write(bytes, at: 0) }
        try file.syncData()
        try work.rename(temporary, to: work, as: name)
    }

    func record(of order: PullOrder) throws(CrierClientError) -> PullRecord? {
        try record(named: Self.stateName(order))
    }

    private func record(named name: String) throws(CrierClientError) -> PullRecord? {
        guard let file = try work.openForReading(name) else { return nil }
        var bytes = [UInt8](repeating: 0, count: Limits.recordBytes)
        var span = bytes.mutableSpan
        let count = try span.withUnsafeMutableBytes { bytes throws(CrierClientError) in
            try file.read(into: bytes, at: 0)
        }
        return try PullRecord(text: String(decoding: bytes[..<count], as: UTF8.self))
    }

    /// Every unfinished pull, oldest notice first. Removes what can no longer be used: unreadable states, old parts.
    func unfinished(now: Int64) throws(CrierClientError) -> [PullRecord] {
        var records: [PullRecord] = []
        let names = try work.names().filter { Self.digest($0) != nil }
        for name in names where name.hasSuffix(".state") {
            if let record = try? record(named: name), Self.stateName(record.order) == name {
                records.append(record)
            } else {
                try work.remove(name)
            }
        }
        let wanted = Set(records.map(\.order.digest))
        for name in names where !name.hasSuffix(".state") {
            if !name.hasSuffix(".part") {
                try work.remove(name)
            } else if let digest = Self.digest(name), !wanted.contains(digest) {
                try removeIfOld(name, now)
            }
        }
        return records.sorted { $0.received < $1.received }
    }

    // MARK: Parts

    /// Opens the part of `record` and locks it. Throws `.locked` while another process writes it.
    func open(_ record: PullRecord) throws(CrierClientError) -> PartialFile {
        let name = Self.partName(record.order.digest)
        while true {
            let file = try work.openForWriting(name)
            try file.lock()
            // The writer before may have renamed it away between our open and our lock: then it is a finished file.
            guard try work.status(name)?.inode == (try file.status()).inode else { continue }
            var record = record
            let known = (try? self.record(of: record.order))?.durable ?? 0
            record.durable = min(known, record.order.size)
            try save(record)
            try work.sync()
            return PartialFile(directory: self, file: file, record: record)
        }
    }

    /// True when the file of that name is already the one that `order` asks for.
    func has(_ order: PullOrder, named name: SafeFileName) throws(CrierClientError) -> Bool {
        guard let file = try target.openForReading(name.value), try file.status().size == order.size else {
            return false
        }
        let result = try BlockProof.believe(file, durable: order.size)
        return ContentDigest(result.hasher.finalize()) == order.digest
    }

    /// A finished file, to read from.
    func file(_ name: SafeFileName) throws(CrierClientError) -> DiskFile? {
        try target.openForReading(name.value)
    }

    /// Gives a whole and right part its name, in place of whatever had it.
    func finish(_ partial: PartialFile) throws(CrierClientError) {
        precondition(partial.isRight, "only a verified file gets its name")
        let order = partial.order
        try partial.seal(mode: fileMode)
        try work.rename(Self.partName(order.digest), to: target, as: order.name.value)
        try target.sync()
    }

    /// Forgets every notice of this content for this name, and the part.
    func discardAll(_ order: PullOrder) throws(CrierClientError) {
        let prefix = Self.statePrefix(order)
        for name in try work.names() where name.hasPrefix(prefix) { try work.remove(name) }
        try discard(order)
    }

    /// Forgets the notice; the part stays only when a later notice could use it.
    func discard(_ order: PullOrder, keepingPart: Bool = false) throws(CrierClientError) {
        try work.remove(Self.stateName(order))
        if !keepingPart { try work.remove(Self.partName(order.digest)) }
        try work.sync()
    }

    /// Bytes that may still be written.
    func freeBytes() throws(CrierClientError) -> Int64 { try work.freeBytes() }

    /// Removes `.crier` when nothing is left in it: a single download leaves no trace.
    func removeWorkIfEmpty() { target.removeIfEmpty(Self.workName) }

    // MARK: Names

    private static func partName(_ digest: ContentDigest) -> String { "\(digest.hex).part" }

    /// One content may be wanted under several names and by several messages: each notice has a state of its own, since
    /// each is answered, also after a restart.
    private static func stateName(_ order: PullOrder) -> String {
        let message = order.messageID.isEmpty ? "" : hash(order.messageID) + "."
        return "\(statePrefix(order))\(message)state"
    }

    private static func statePrefix(_ order: PullOrder) -> String { "\(order.digest.hex).\(hash(order.name.value))." }

    private static func hash(_ text: String) -> String {
        String(ContentDigest(SHA256.hash(data: Array(text.utf8))).hex.prefix(16))
    }

    /// Nil for a file that is not of ours.
    private static func digest(_ name: String) -> ContentDigest? {
        name.firstIndex(of: ".").flatMap { ContentDigest(hex: name[..<$0]) }
    }

    private func removeIfOld(_ name: String, _ now: Int64) throws(CrierClientError) {
        guard let status = try work.status(name) else { return }
        let age = Duration.milliseconds(now) - .seconds(status.modified)
        if age > Limits.partLifetime { try work.remove(name) }
    }
}
