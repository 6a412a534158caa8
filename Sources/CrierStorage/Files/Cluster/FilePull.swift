import CrierCore
import Glibc
import Logging
import NIOCore
import Synchronization

/// Brings one content from other nodes to this one's disk, whoever asked for it and however many.
final class FilePull: Sendable {
    let file: PullingFile
    private let content: FileCatalogue.Content
    private let store: DiskFileStore
    /// Used by the pull's one task, on the store's threads.
    private let part: Mutex<PartFile?>

    /// Makes the part. BLOCKS.
    init(_ digest: ContentDigest, _ content: FileCatalogue.Content, _ store: DiskFileStore) throws(FileStoreError) {
        let context = store.context
        let path = context.layout.pull(digest)
        self.content = content
        self.store = store
        do throws(DiskFault) {
            part = Mutex(try PartFile.create(path, fileSize: content.size, now: context.now()))
            file = PullingFile(digest, size: content.size, file: try Descriptor(path, O_RDONLY))
        } catch {
            throw error.storeError
        }
    }

    private var digest: ContentDigest { file.digest }
    private var path: String { store.context.layout.pull(digest) }

    /// Asks the nodes in turn, each for what is still missing, until all is here and proven, or nobody is left.
    func run(_ peers: any PeerFiles, nodes: [String]) async {
        var last = FileStoreError(.unavailable, "no node that has \(digest) can be asked now")
        for node in nodes where !Task.isCancelled {
            do throws(FileStoreError) {
                try await peers.read(digest, from: position, of: node) { (bytes, offset) async throws(FileStoreError) in
                    try await self.take(bytes, at: offset)
                }
                try await finish()
                return file.end(.success(()))
            } catch {
                last = error
                let details: Logger.Metadata = [
                    "file": "\(digest)", "node": "\(node)", "at": "\(position)", "error": "\(error)",
                ]
                store.context.logger.warning("File could not be brought from a node", metadata: details)
                // The whole is not what it should be: nobody knows who gave the wrong bytes.
                if error.code == .dataLoss { break }
            }
        }
        await drop()
        file.end(.failure(last))
    }

    private var position: Int64 { part.withLock { $0?.position ?? 0 } }

    private func take(_ bytes: ByteBuffer, at offset: Int64) async throws(FileStoreError) {
        let count = try await store.pool.run { () throws(FileStoreError) in
            try self.part.withLock { (part) throws(FileStoreError) -> Int64 in
                guard let part, offset == part.position else {
                    throw FileStoreError(.unavailable, "the bytes at \(offset) do not follow what came before")
                }
                guard Int64(bytes.readableBytes) <= self.content.size - offset else {
                    throw FileStoreError(.dataLoss, "\(self.digest) has more bytes than the \(self.content.size) known")
                }
                try translatingDiskFaults { () throws(DiskFault) in try part.append(bytes) }
                return part.position
            }
        }
        file.received(count)
    }

    /// Proves the whole, brings it with its table to the disk and gives it its place.
    private func finish() async throws(FileStoreError) {
        let table = try await store.pool.run { () throws(FileStoreError) in try self.seal() }
        try await store.gate.withLock { () async throws(FileStoreError) in
            try await store.pool.run { () throws(FileStoreError) in try self.place(table) }
        }
    }

    private func seal() throws(FileStoreError) -> BlockTable {
        try part.withLock { (part) throws(FileStoreError) -> BlockTable in
            guard let part, part.position == content.size else {
                throw FileStoreError(
                    .unavailable, "the other node gave \(part?.position ?? 0) of \(content.size) bytes")
            }
            let digests = part.digests()
            guard digests.digest == digest else {
                throw FileStoreError(.dataLoss, "what came for \(digest) is \(digests.digest)")
            }
            let table = BlockTable(
                content: content, blockDigests: digests.blockDigests, pageChecksums: digests.pageChecksums
            )
            try translatingDiskFaults { () throws(DiskFault) in
                _ = try part.commit(now: store.context.now())
                try FileSystem.write(table.encoded(), to: path + FileLayout.tableSuffix)
            }
            return table
        }
    }

    /// The gate must be held. An upload of the same content may have been quicker.
    private func place(_ table: BlockTable) throws(FileStoreError) {
        let context = store.context
        try translatingDiskFaults { () throws(DiskFault) in
            if context.catalogue.content(digest) != nil {
                try FileSystem.remove(path)
                try FileSystem.remove(path + FileLayout.tableSuffix)
            } else {
                store.forgetOpenFile(digest)
                try context.layout.moveIntoPlace(digest, bytes: path, table: path + FileLayout.tableSuffix)
                context.stored(digest, table)
            }
        }
        part.withLock { $0 = nil }
    }

    private func drop() async {
        do throws(FileStoreError) {
            try await store.pool.run { () throws(FileStoreError) in
                self.part.withLock { $0 = nil }
                try translatingDiskFaults { () throws(DiskFault) in try FileSystem.remove(self.path) }
            }
        } catch {
            store.context.logger.warning("Part of a file could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
