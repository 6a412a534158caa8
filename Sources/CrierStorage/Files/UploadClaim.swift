import CrierCore
import Synchronization

/// The uploads that somebody uses now, one object each.
final class ActiveUploads: Sendable {
    private struct Entry {
        let upload: DiskUpload
        var users: Int
    }

    private let context: DiskFileStore.Context
    private let entries = Mutex<[UploadKey: Entry]>([:])

    init(_ context: DiskFileStore.Context) { self.context = context }

    /// Whether anybody uses the upload now.
    func contains(_ key: UploadKey) -> Bool { entries.withLock { $0[key] != nil } }

    /// The upload of this key. Throws RESOURCE_EXHAUSTED at the limit.
    fileprivate func claim(_ key: UploadKey) throws(FileStoreError) -> DiskUpload {
        let upload: DiskUpload? = entries.withLock { entries in
            if entries[key] == nil {
                guard entries.count < FileStoreLimits.activeUploads else { return nil }
                entries[key] = Entry(upload: DiskUpload(key, context), users: 0)
            }
            entries[key]?.users += 1
            return entries[key]?.upload
        }
        guard let upload else {
            throw FileStoreError(
                .resourceExhausted, "\(FileStoreLimits.activeUploads) uploads are under way, which is the limit"
            )
        }
        return upload
    }

    fileprivate func release(_ key: UploadKey) {
        entries.withLock { entries in
            entries[key]?.users -= 1
            if entries[key]?.users == 0 { entries[key] = nil }
        }
    }
}

/// A hold on the one object of an upload, let go of with the last reference.
final class UploadClaim: Sendable {
    let upload: DiskUpload
    private let uploads: ActiveUploads

    init(_ key: UploadKey, in uploads: ActiveUploads) throws(FileStoreError) {
        upload = try uploads.claim(key)
        self.uploads = uploads
    }

    deinit { uploads.release(upload.key) }
}
