import CrierCodecs
import CrierCore
import NIOCore

/// What the store remembers of an upload across restarts: a small file that may lag the bytes and never leads them.
///
///     writing ──sealed──▶ finishing ──named──▶ complete
///
/// `finishing`: the bytes are proven, durable and on their way to their place; whoever finds this goes on with naming.
struct UploadJournal: Equatable, Sendable {
    enum Phase: Equatable, Sendable {
        case writing
        case finishing(ContentDigest)
        case complete(ContentDigest)
    }

    var phase = Phase.writing
    var name: FileName
    /// Bytes of the whole file.
    var size: Int64
    /// What the uploader announced; nil when it did not.
    var announced: ContentDigest?
    var mediaType: String
    /// Bytes of the part that are on the disk.
    var committed: Int64 = 0
    /// Milliseconds since 1970, of the last change: what is too old is forgotten.
    var changedAt: Int64

    init(_ beginning: UploadBeginning, at now: Int64) {
        name = beginning.name
        size = beginning.size
        announced = beginning.digest
        mediaType = beginning.mediaType
        changedAt = now
    }

    var isComplete: Bool {
        if case .complete = phase { true } else { false }
    }

    /// Whether `beginning` is about the same file.
    func matches(_ beginning: UploadBeginning) -> Bool {
        name == beginning.name && size == beginning.size && announced == beginning.digest
            && mediaType == beginning.mediaType
    }
}

extension UploadJournal {
    private static let magic: UInt32 = 0x314A_5543  // "CUJ1" as it stands in the file

    func encoded() -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(Self.magic, endianness: .little)
        switch phase {
        case .writing: buffer.writePhase(0, nil)
        case .finishing(let digest): buffer.writePhase(1, digest)
        case .complete(let digest): buffer.writePhase(2, digest)
        }
        for number in [size, committed, changedAt] { buffer.writeInteger(number, endianness: .little) }
        buffer.writePhase(announced == nil ? 0 : 1, announced)
        for text in [name.text, mediaType] {
            buffer.writeInteger(UInt16(text.utf8.count), endianness: .little)
            buffer.writeString(text)
        }
        buffer.writeChecksum()
        return Array(buffer.readableBytesView)
    }

    /// Nil unless `bytes` are an undamaged journal.
    init?(_ bytes: [UInt8]) {
        var buffer = ByteBuffer(bytes: bytes)
        guard
            bytes.count > 4,
            let magic: UInt32 = buffer.readInteger(endianness: .little), magic == Self.magic,
            let (phase, result) = buffer.readPhase(),
            let size: Int64 = buffer.readInteger(endianness: .little),
            let committed: Int64 = buffer.readInteger(endianness: .little),
            let changedAt: Int64 = buffer.readInteger(endianness: .little),
            let (_, announced) = buffer.readPhase(),
            let name = buffer.readText(), let mediaType = buffer.readText(),
            let checksum: UInt32 = buffer.readInteger(endianness: .little),
            checksum == CRC32C.checksum(Array(bytes.dropLast(4))),
            let validName = try? FileName(name, field: "name")
        else { return nil }
        switch (phase, result) {
        case (0, _): self.phase = .writing
        case (1, let digest?): self.phase = .finishing(digest)
        case (2, let digest?): self.phase = .complete(digest)
        default: return nil
        }
        self.name = validName
        self.size = size
        self.announced = announced
        self.mediaType = mediaType
        self.committed = committed
        self.changedAt = changedAt
    }
}

extension ByteBuffer {
    fileprivate mutating func writePhase(_ phase: UInt8, _ digest: ContentDigest?) {
        writeInteger(phase)
        writeBytes(digest?.bytes ?? [UInt8](repeating: 0, count: ContentDigest.byteCount))
    }

    /// The digest is nil in phase 0.
    fileprivate mutating func readPhase() -> (UInt8, ContentDigest?)? {
        guard let phase: UInt8 = readInteger(), let bytes = readBytes(length: ContentDigest.byteCount) else {
            return nil
        }
        return (phase, phase == 0 ? nil : ContentDigest(bytes))
    }

    fileprivate mutating func readText() -> String? {
        guard let count: UInt16 = readInteger(endianness: .little) else { return nil }
        return readString(length: Int(count))
    }
}
