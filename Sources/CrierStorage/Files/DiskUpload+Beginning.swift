import CrierCore
import Logging
import NIOCore
import Synchronization

/// How an upload begins, or goes on.
extension DiskUpload {
    /// Begins or resumes; takes the upload from whoever held it.
    func begin(_ beginning: UploadBeginning) throws(FileStoreError) -> Begun {
        try state.withLock { (state) throws(FileStoreError) in
            try load(&state)
            state.lease += 1
            guard var journal = state.journal else { return try start(beginning, &state) }
            guard journal.matches(beginning) else { throw Self.otherFile(beginning, journal) }
            switch journal.phase {
            case .complete(let digest): return .complete(Sealed(digest, journal))
            case .finishing(let digest): return .finishing(Sealed(digest, journal))
            case .writing:
                try commit(&state)
                journal = state.journal ?? journal
                try Self.check(beginning.offset, committed: journal.committed)
                try checkRoom(for: journal.size - journal.committed)
                if state.part == nil { try resume(journal, &state) }
                return .writing(state.lease)
            }
        }
    }

    /// Reads the journal once. What it remembers of a content that is gone by now is no use.
    func load(_ state: inout State) throws(FileStoreError) {
        guard !state.isLoaded else { return forgetDeleted(&state) }
        let path = store.layout.journal(key)
        let bytes = try translatingDiskFaults { () throws(DiskFault) in
            try FileSystem.read(path, limit: FileStoreLimits.journalBytes)
        }
        state.journal = bytes.flatMap { UploadJournal($0) }
        if bytes != nil, state.journal == nil {
            store.logger.warning(
                "Upload record is damaged; the upload begins again", metadata: ["upload": "\(key.hex)"])
        }
        state.isLoaded = true
        forgetDeleted(&state)
    }

    private func forgetDeleted(_ state: inout State) {
        switch state.journal?.phase {
        case .complete(let digest), .finishing(let digest):
            if store.catalogue.content(digest) == nil, FileSystem.size(of: store.layout.object(digest)) == nil {
                state.journal = nil
            }
        case .writing, nil: break
        }
    }

    private func start(_ beginning: UploadBeginning, _ state: inout State) throws(FileStoreError) -> Begun {
        try Self.check(beginning.offset, committed: 0)
        try checkRoom(for: beginning.size)
        guard store.uploadCount.add(1, ordering: .relaxed).newValue <= FileStoreLimits.uploads else {
            store.uploadCount.subtract(1, ordering: .relaxed)
            throw FileStoreError(
                .resourceExhausted, "\(FileStoreLimits.uploads) uploads are unfinished, which is the limit")
        }
        let journal = UploadJournal(beginning, at: store.clock.milliseconds)
        state.part = try translatingDiskFaults { () throws(DiskFault) in
            let part = try PartFile.create(store.layout.part(key), fileSize: beginning.size, now: store.now())
            try FileSystem.replace(store.layout.journal(key), with: journal.encoded())
            try FileSystem.synchroniseDirectory(store.layout.uploads)
            return part
        }
        state.journal = journal
        return .writing(state.lease)
    }

    private func resume(_ journal: UploadJournal, _ state: inout State) throws(FileStoreError) {
        let part = try translatingDiskFaults { () throws(DiskFault) in
            try PartFile.resume(
                store.layout.part(key), committed: journal.committed, fileSize: journal.size, now: store.now()
            )
        }
        guard let part else {
            try forget(&state)
            throw FileStoreError(
                .failedPrecondition, "the bytes of this upload are lost; offset must be 0, its committed offset")
        }
        state.part = part
    }

    private static func check(_ offset: Int64, committed: Int64) throws(FileStoreError) {
        guard offset != committed else { return }
        throw FileStoreError(.failedPrecondition, "offset \(offset) is not the committed offset, \(committed)")
    }

    private func checkRoom(for bytes: Int64) throws(FileStoreError) {
        let free = try translatingDiskFaults { () throws(DiskFault) in try FileSystem.freeBytes(at: store.layout.root) }
        guard free - FileStoreLimits.reservedDiskBytes < bytes else { return }
        throw FileStoreError(
            .resourceExhausted,
            "the gateway's disk has no room: \(bytes) bytes are to come and \(free) are free; what is committed is kept"
        )
    }

    private static func otherFile(_ beginning: UploadBeginning, _ journal: UploadJournal) -> FileStoreError {
        .invalidArgument(
            "upload_id", beginning.id.text,
            "was begun for name \"\(journal.name)\" with size \(journal.size); "
                + "name, size, sha256 and media_type must stay the same"
        )
    }
}
