import CrierCore
import Glibc
import Logging

/// What a start does: believe the disk, then the names, then finish or forget what uploads left.
extension DiskFileStore {
    func recover(isShared: Bool) async throws(FileStoreError) {
        try await pool.run { () throws(FileStoreError) in
            try self.readObjects()
            try self.removePulls()
        }
        try await readNames(isShared: isShared)
        try await finishUploads()
        try await sweep()
        let totals = catalogue.totals
        context.logger.info("File store is open", metadata: ["files": "\(totals.files)", "bytes": "\(totals.bytes)"])
    }

    // MARK: Contents

    /// Cheap on purpose: a header and a size each. Bytes are proven when they are read.
    private func readObjects() throws(FileStoreError) {
        let layout = context.layout
        let directories = try translatingDiskFaults { () throws(DiskFault) in try FileSystem.entries(of: layout.objects)
        }
        for directory in directories {
            let path = layout.objects + "/" + directory
            let entries = try translatingDiskFaults { () throws(DiskFault) in try FileSystem.entries(of: path) }
            for entry in entries {
                if let digest = ContentDigest(hex: entry), entry.hasPrefix(directory) {
                    try readObject(digest)
                } else {
                    try translatingDiskFaults { () throws(DiskFault) in try removeStray(path, entry) }
                }
            }
        }
    }

    private func readObject(_ digest: ContentDigest) throws(FileStoreError) {
        let layout = context.layout
        let size = FileSystem.size(of: layout.object(digest))
        let header = try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.read(layout.table(digest), limit: BlockTable.headerLimit)
        }
        guard let header else { return try rebuildTable(of: digest) }
        guard
            let (content, headerCount) = BlockTable.header(header),
            FileSystem.size(of: layout.table(digest))
                == Int64(BlockTable.fileBytes(headerCount: headerCount, content: content))
        else { return try rebuildTable(of: digest) }
        guard size == content.size else {
            _ = quarantine(digest, "it has \(size ?? 0) bytes instead of \(content.size)")
            return
        }
        catalogue.add(content, digest: digest)
    }

    /// The bytes are there and their table is not: the name of the object says what they must be.
    private func rebuildTable(of digest: ContentDigest) throws(FileStoreError) {
        let layout = context.layout
        let table: BlockTable? = try translatingDiskFaults { () throws(DiskFault) in
            let file = try Descriptor(layout.object(digest), O_RDONLY)
            let size = try file.size()
            var ingest = Ingest(fileSize: size)
            guard try ingest.update(file, count: size) else { return nil }
            let digests = ingest.finish()
            guard digests.digest == digest else { return nil }
            let content = FileCatalogue.Content(
                size: size, blockSize: BlockSize.forFile(ofSize: size), createdAt: context.clock.milliseconds,
                mediaType: ""
            )
            let table = BlockTable(
                content: content, blockDigests: digests.blockDigests, pageChecksums: digests.pageChecksums
            )
            try FileSystem.replace(layout.table(digest), with: table.encoded())
            return table
        }
        guard let table else {
            _ = quarantine(digest, "its block table is missing and its bytes are not those of its id")
            return
        }
        context.stored(digest, table)
        context.logger.warning("Block table was missing and is made anew", metadata: ["file": "\(digest)"])
    }

    /// Temporary files, and tables whose object is gone.
    private func removeStray(_ directory: String, _ entry: String) throws(DiskFault) {
        let suffix = FileLayout.tableSuffix
        if entry.hasSuffix(suffix), FileSystem.size(of: directory + "/" + entry.dropLast(suffix.count)) != nil {
            return
        }
        guard entry.hasSuffix(suffix) || entry.hasSuffix(FileSystem.temporarySuffix) else { return }
        try FileSystem.remove(directory + "/" + entry)
    }

    private func removePulls() throws(FileStoreError) {
        let layout = context.layout
        try translatingDiskFaults { () throws(DiskFault) in
            for entry in try FileSystem.entries(of: layout.pulls) {
                try FileSystem.remove(layout.pulls + "/" + entry)
            }
        }
    }

    // MARK: Names

    private func readNames(isShared: Bool) async throws(FileStoreError) {
        for entry in try await names.all() {
            catalogue.bind(entry.name, to: entry.binding)
            guard catalogue.content(entry.binding.digest) == nil else { continue }
            let content = FileCatalogue.Content(
                size: entry.size, blockSize: BlockSize.forFile(ofSize: entry.size), createdAt: entry.binding.createdAt,
                mediaType: entry.binding.mediaType
            )
            guard !isShared else {
                catalogue.know(content, digest: entry.binding.digest)
                continue
            }
            catalogue.markDamaged(entry.binding.digest, "its bytes are missing", content: content)
            context.logger.error(
                "Bytes of a named file are missing",
                metadata: ["name": "\(entry.name)", "file": "\(entry.binding.digest)"]
            )
        }
    }

    // MARK: Uploads

    /// A content that got its place just before the crash gets its name now, as its uploader was about to hear.
    private func finishUploads() async throws(FileStoreError) {
        for key in try await uploadKeys() {
            let claim = try UploadClaim(key, in: activeUploads)
            let sealed = try await pool.run { () throws(FileStoreError) in try claim.upload.unnamed() }
            guard let sealed else { continue }
            do throws(FileStoreError) {
                _ = try await name(sealed, of: claim.upload)
            } catch  where error.code != .unavailable {
                context.logger.warning("Upload could not be finished", metadata: ["error": "\(error)"])
            }
        }
    }

    private func uploadKeys() async throws(FileStoreError) -> [UploadKey] {
        let layout = context.layout
        return try await pool.run { () throws(FileStoreError) in
            try translatingDiskFaults { () throws(DiskFault) in
                try FileSystem.entries(of: layout.uploads)
                    .compactMap {
                        UploadKey(fileName: $0, suffix: FileLayout.journalSuffix)
                    }
            }
        }
    }
}
