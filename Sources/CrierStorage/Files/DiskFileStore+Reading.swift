public import CrierCore
import Glibc
import Logging

/// Opening contents, and taking out of service what is no longer what it was.
extension DiskFileStore {
    public func open(_ digest: ContentDigest) throws(FileStoreError) -> any StoredFile {
        if let file = openFiles[digest] { return file }
        _ = try catalogue.description(of: .content(digest))
        return openFiles.add(try load(digest))
    }

    /// Who opens the content from now on meets what is on the disk.
    func forgetOpenFile(_ digest: ContentDigest) {
        openFiles.forget(digest)
        context.forget(digest)
    }

    private func load(_ digest: ContentDigest) throws(FileStoreError) -> DiskFile {
        let layout = context.layout
        let file = try object(digest)
        let bytes = try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.read(layout.table(digest), limit: .max)
        }
        guard let table = bytes.flatMap({ BlockTable($0) }) else {
            throw quarantine(digest, "its block table is damaged")
        }
        let size = try translatingDiskFaults { () throws(DiskFault) in try file.size() }
        guard size == table.content.size else {
            throw quarantine(digest, "it has \(size) bytes instead of \(table.content.size)")
        }
        let identity = try translatingDiskFaults { () throws(DiskFault) in try file.identity() }
        return DiskFile(
            digest: digest, file: file, table: table,
            ledger: context.ledger(of: digest, pages: table.pageChecksums.count), now: context.now,
            reportDamage: { [weak self] detail in self?.quarantine(digest, detail, ifStill: identity) }
        )
    }

    private func object(_ digest: ContentDigest) throws(FileStoreError) -> Descriptor {
        do throws(DiskFault) {
            return try Descriptor(context.layout.object(digest), O_RDONLY)
        } catch {
            throw error.code == ENOENT ? .notFound(.content(digest)) : error.storeError
        }
    }

    /// A reader found damage in the file that it has open. It may have been healed by a new upload since: then the
    /// damage is the reader's alone.
    private func quarantine(_ digest: ContentDigest, _ detail: String, ifStill identity: FileIdentity) {
        guard FileSystem.identity(of: context.layout.object(digest)) == identity else { return }
        _ = quarantine(digest, detail)
    }

    /// Takes a content out of service and keeps its bytes aside. Returns what whoever asked for it is told.
    func quarantine(_ digest: ContentDigest, _ detail: String) -> FileStoreError {
        let layout = context.layout
        forgetOpenFile(digest)
        let isNews = catalogue.content(digest) != nil
        catalogue.markDamaged(digest, detail)
        do throws(DiskFault) {
            if FileSystem.size(of: layout.object(digest)) != nil {
                try FileSystem.rename(layout.object(digest), to: layout.quarantine + "/" + digest.hex)
            }
            try FileSystem.remove(layout.table(digest))
        } catch {
            context.logger.error(
                "Damaged file could not be set aside", metadata: ["file": "\(digest)", "error": "\(error)"])
        }
        if isNews {
            context.logger.error(
                "File is damaged and no longer served", metadata: ["file": "\(digest)", "detail": "\(detail)"])
        }
        return .damaged(digest, detail)
    }
}
