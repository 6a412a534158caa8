public import CrierCore

/// Beginning, asking after and naming uploads.
extension DiskFileStore {
    public func beginUpload(_ beginning: UploadBeginning) async throws(FileStoreError) -> UploadStart {
        try await sweepIfDue()
        let claim = try UploadClaim(UploadKey(beginning.id), in: activeUploads)
        let begun = try await pool.run { () throws(FileStoreError) in try claim.upload.begin(beginning) }
        switch begun {
        case .writing(let lease):
            return .ready(DiskFileUpload(claim, self, lease: lease))
        case .complete(let sealed) where stands(sealed):
            return .complete(try described(sealed.digest, as: sealed.name))
        case .finishing(let sealed), .complete(let sealed):
            return .complete(
                try await gate.withLock { () async throws(FileStoreError) in
                    try await name(sealed, of: claim.upload)
                })
        }
    }

    /// Whether the name still stands for what was uploaded. Where it does not, the same upload means it to again:
    /// whoever puts the old file back under its name uses the old upload's id.
    private func stands(_ sealed: DiskUpload.Sealed) -> Bool {
        catalogue.binding(of: sealed.name)?.digest == sealed.digest
    }

    public func uploadProgress(of id: UploadID) async throws(FileStoreError) -> UploadProgress {
        let claim = try UploadClaim(UploadKey(id), in: activeUploads)
        let progress = try await pool.run { () throws(FileStoreError) in try claim.upload.progress() }
        guard let sealed = progress.complete, stands(sealed) else {
            return UploadProgress(committed: progress.committed)
        }
        return UploadProgress(committed: progress.committed, file: try described(sealed.digest, as: sealed.name))
    }

    /// Gives a content that has its place the name it came with. The gate must be held.
    func name(_ sealed: DiskUpload.Sealed, of upload: DiskUpload) async throws(FileStoreError) -> FileDescription {
        let size = try catalogue.description(of: .content(sealed.digest)).size
        let binding = FileCatalogue.Binding(
            digest: sealed.digest, createdAt: context.clock.milliseconds, mediaType: sealed.mediaType
        )
        try await names.put(.init(name: sealed.name, binding: binding, size: size))
        catalogue.bind(sealed.name, to: binding)
        try await pool.run { () throws(FileStoreError) in try upload.complete(sealed) }
        return try described(sealed.digest, as: sealed.name)
    }

    private func described(_ digest: ContentDigest, as name: FileName) throws(FileStoreError) -> FileDescription {
        if catalogue.binding(of: name)?.digest == digest { return try catalogue.description(of: .name(name)) }
        return try catalogue.description(of: .content(digest))
    }
}
