import CrierCore
import Logging

/// Keeps a node's catalogue what the cluster's records say: names and holders, a moment after they change.
///
/// A record of this node's own copy that somebody else deleted means that the content was deleted: the bytes go too.
/// Copies without a record are never deleted for it: they get their record back when the records are read anew.
struct SharedCatalogue: Sendable {
    let store: any KeyValueStore
    let disk: DiskFileStore
    let records: HolderRecords

    private var catalogue: FileCatalogue { disk.catalogue }
    private var logger: Logger { disk.context.logger }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do throws(KeyValueError) {
                try await follow()
            } catch {
                logger.debug("Catalogue of files cannot be read now", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: FileStoreLimits.catalogueRetry)
        }
    }

    private func follow() async throws(KeyValueError) {
        var iterator = SnapshotWatch(store, StoreScope(HolderRecords.namespace)).makeAsyncIterator()
        var entries: [StoreEntry] = []
        while let event = try await iterator.next() {
            switch event {
            case .entries(let page): entries += page
            case .snapshotEnd:
                await apply(snapshot: entries)
                entries = []
            case .changes(let set):
                for change in set.changes { await apply(change) }
            case .progress: break
            case .reset: return
            }
        }
    }

    // MARK: All at once

    private func apply(snapshot entries: [StoreEntry]) async {
        let names = entries.compactMap { StoredNames.parse($0) }.sorted { $0.binding.createdAt < $1.binding.createdAt }
        let holders = entries.compactMap { HolderRecords.parse($0) }
        for name in Set(catalogue.bindings.keys).subtracting(names.map(\.name)) { catalogue.unbind(name) }
        for name in names { learn(name) }
        let told = Dictionary(grouping: holders, by: \.digest).mapValues { Set($0.map(\.node)) }
        for (digest, nodes) in catalogue.heldElsewhere {
            for node in nodes.subtracting(told[digest] ?? []) { catalogue.remove(holder: node, of: digest) }
        }
        for record in holders { learn(record) }
        for (digest, content) in catalogue.heldHere where told[digest]?.contains(records.node) != true {
            await register(digest, content)
        }
    }

    /// Says that this node has the content; what fails now is done when the records are read anew.
    func register(_ digest: ContentDigest, _ content: FileCatalogue.Content) async {
        do throws(FileStoreError) {
            try await records.put(digest, content)
        } catch {
            logger.warning("Copy of a file is not registered", metadata: ["file": "\(digest)", "error": "\(error)"])
        }
    }

    // MARK: One by one

    private func apply(_ change: StoreChange) async {
        if let entry = change.entry {
            if let name = StoredNames.parse(entry) { learn(name) }
            if let record = HolderRecords.parse(entry) { learn(record) }
        } else if let (digest, node) = HolderRecords.subject(of: change.key) {
            if node == records.node { await deleted(digest) } else { catalogue.remove(holder: node, of: digest) }
        } else if let name = try? FileName(change.key.key, field: "name") {
            catalogue.unbind(name)
        }
    }

    private func learn(_ name: StoredNames.Entry) {
        let binding = name.binding
        if catalogue.content(binding.digest) == nil {
            let content = FileCatalogue.Content(
                size: name.size, blockSize: BlockSize.forFile(ofSize: name.size), createdAt: binding.createdAt,
                mediaType: binding.mediaType
            )
            catalogue.know(content, digest: binding.digest)
        }
        catalogue.bind(name.name, to: binding)
    }

    private func learn(_ record: HolderRecords.Record) {
        guard record.node != records.node else { return }
        catalogue.know(record.content, digest: record.digest)
        catalogue.add(holder: record.node, of: record.digest)
    }

    /// Unless the content came again since, or has a name again.
    private func deleted(_ digest: ContentDigest) async {
        do throws(FileStoreError) {
            try await disk.gate.withLock { () async throws(FileStoreError) in
                guard catalogue.content(digest) != nil, catalogue.names(of: digest).isEmpty else { return }
                guard try await !records.isThere(digest) else { return }
                try await disk.removeBytes(of: digest)
            }
        } catch {
            logger.warning("Deleted file stays on the disk", metadata: ["file": "\(digest)", "error": "\(error)"])
        }
    }
}
