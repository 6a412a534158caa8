import CrierCore
import Logging
import NIOCore

/// One stream's hold on an upload.
final class DiskFileUpload: FileUpload {
    private let claim: UploadClaim
    private let store: DiskFileStore
    private let lease: DiskUpload.Lease

    init(_ claim: UploadClaim, _ store: DiskFileStore, lease: DiskUpload.Lease) {
        self.claim = claim
        self.store = store
        self.lease = lease
    }

    func append(_ bytes: ByteBuffer, at offset: Int64, crc32c: UInt32?) async throws(FileStoreError) {
        let (upload, lease) = (claim.upload, lease)
        try await store.pool.run { () throws(FileStoreError) in
            try upload.append(bytes, at: offset, crc32c: crc32c, lease: lease)
        }
    }

    func finish() async throws(FileStoreError) -> FileDescription {
        let (upload, lease) = (claim.upload, lease)
        let (sealed, table) = try await store.pool.run { () throws(FileStoreError) in try upload.seal(lease: lease) }
        return try await store.gate.withLock { () async throws(FileStoreError) in
            try await store.pool.run { () throws(FileStoreError) in try upload.place(sealed, table, lease: lease) }
            return try await store.name(sealed, of: upload)
        }
    }

    func suspend() async {
        let (upload, lease) = (claim.upload, lease)
        do throws(FileStoreError) {
            try await store.pool.run { () throws(FileStoreError) in try upload.suspend(lease: lease) }
        } catch {
            // The uploader learns how far it is when it asks; nothing is lost but what it sends again.
            store.context.logger.info("Upload could not be committed", metadata: ["error": "\(error)"])
        }
    }
}
