import CrierCore
import Crypto

/// Where the store keeps what, under one directory:
///
///     objects/ab/ab12…            the bytes of sha256:ab12…
///     objects/ab/ab12….blocks     its block table
///     uploads/<key>.part          what came of an unfinished upload
///     uploads/<key>.journal       how far it is, or what it became
///     pulls/ab12…                 what came of a content from another node; gone after a restart
///     quarantine/ab12…            bytes that failed their digest, for people to look at
///     lock                        held by the process that uses the directory
///
/// Every name is made of hexadecimal digits by the store itself: nothing that a caller said becomes a path.
struct FileLayout: Sendable {
    /// Ends the name of a block table.
    static let tableSuffix = ".blocks"
    static let partSuffix = ".part"
    static let journalSuffix = ".journal"

    let root: String

    var objects: String { root + "/objects" }
    var uploads: String { root + "/uploads" }
    var pulls: String { root + "/pulls" }
    var quarantine: String { root + "/quarantine" }
    var lock: String { root + "/lock" }

    /// 256 directories keep each one small at a million files.
    func fanOut(_ digest: ContentDigest) -> String { objects + "/" + digest.hex.prefix(2) }
    func object(_ digest: ContentDigest) -> String { fanOut(digest) + "/" + digest.hex }
    func table(_ digest: ContentDigest) -> String { object(digest) + Self.tableSuffix }

    func pull(_ digest: ContentDigest) -> String { pulls + "/" + digest.hex }

    func part(_ key: UploadKey) -> String { uploads + "/" + key.hex + Self.partSuffix }
    func journal(_ key: UploadKey) -> String { uploads + "/" + key.hex + Self.journalSuffix }
}

/// An upload id as a file name: its SHA-256 in hexadecimal digits.
struct UploadKey: Hashable, Sendable {
    let hex: String

    init(_ id: UploadID) { hex = ContentDigest(of: Array(id.text.utf8)).hex }

    /// The key of a file in the uploads' directory, if it is one of an upload.
    init?(fileName: String, suffix: String) {
        guard fileName.hasSuffix(suffix), let digest = ContentDigest(hex: fileName.dropLast(suffix.count)) else {
            return nil
        }
        hex = digest.hex
    }
}

extension FileLayout {
    /// Gives proven bytes and their table their place among the objects. The table first: an object without a table was
    /// never finished, and a table without an object is nothing.
    func moveIntoPlace(_ digest: ContentDigest, bytes: String, table: String) throws(DiskFault) {
        try FileSystem.makeDirectory(fanOut(digest))
        try FileSystem.rename(table, to: self.table(digest))
        try FileSystem.rename(bytes, to: object(digest))
        try FileSystem.synchroniseDirectory(fanOut(digest))
        try FileSystem.synchroniseDirectory(objects)
    }
}

extension ContentDigest {
    init(_ digest: SHA256.Digest) {
        guard let value = ContentDigest(Array(digest)) else { preconditionFailure("a SHA-256 has 32 bytes") }
        self = value
    }

    init(of bytes: [UInt8]) { self.init(SHA256.hash(data: bytes)) }
}
