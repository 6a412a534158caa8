public import CrierCore

extension DiskFileStore {
    public func delete(_ id: FileID) async throws(FileStoreError) -> FileDescription {
        try await gate.withLock { () async throws(FileStoreError) in
            let description = try await forgetNames(id)
            if catalogue.names(of: description.digest).isEmpty { try await removeBytes(of: description.digest) }
            return description
        }
    }

    /// Forgets a name, or all of a content, and says what it was. The bytes stay.
    func deleteNames(_ id: FileID) async throws(FileStoreError) -> FileDescription {
        try await gate.withLock { () async throws(FileStoreError) in try await forgetNames(id) }
    }

    private func forgetNames(_ id: FileID) async throws(FileStoreError) -> FileDescription {
        let description = try catalogue.description(of: id, evenDamaged: true)
        switch id {
        case .name(let name): try await remove([name])
        case .content: try await remove(catalogue.names(of: description.digest))
        }
        return description
    }

    /// Removes the bytes, unless a name stands for them again.
    func deleteNameless(_ digest: ContentDigest) async throws(FileStoreError) {
        try await gate.withLock { () async throws(FileStoreError) in
            if catalogue.names(of: digest).isEmpty { try await removeBytes(of: digest) }
        }
    }

    /// The names first: after a crash in between, bytes without a name are left, and never a name without bytes.
    private func remove(_ removed: [FileName]) async throws(FileStoreError) {
        for name in removed {
            try await names.delete(name)
            catalogue.unbind(name)
        }
    }

    /// The gate must be held.
    func removeBytes(of digest: ContentDigest) async throws(FileStoreError) {
        catalogue.remove(digest)
        forgetOpenFile(digest)
        let layout = context.layout
        try await pool.run { () throws(FileStoreError) in
            try translatingDiskFaults { () throws(DiskFault) in
                try FileSystem.remove(layout.object(digest))
                try FileSystem.remove(layout.table(digest))
                try FileSystem.remove(layout.quarantine + "/" + digest.hex)
                guard FileSystem.isDirectory(layout.fanOut(digest)) else { return }
                try FileSystem.synchroniseDirectory(layout.fanOut(digest))
            }
        }
    }
}
