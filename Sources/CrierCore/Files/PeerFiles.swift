public import NIOCore

/// The way to the files of the cluster's other nodes.
public protocol PeerFiles: Sendable {
    /// The other nodes that live and take new work.
    var takers: [String] { get }

    /// The other nodes that can be asked for what they have.
    var givers: [String] { get }

    /// Reads a content of `node` from `offset` to its end, in order, each piece proven against its checksum.
    ///
    /// Throws what that node answers, UNAVAILABLE when it cannot be asked, and what `take` throws.
    func read(
        _ digest: ContentDigest,
        from offset: Int64,
        of node: String,
        _ take: @Sendable (_ bytes: ByteBuffer, _ offset: Int64) async throws(FileStoreError) -> Void
    ) async throws(FileStoreError)

    /// Has `node` get the content from one of `file.nodes`; returns when it holds it.
    func hold(_ file: FileDescription, on node: String) async throws(FileStoreError)
}

/// A store that keeps copies for other nodes.
public protocol FileReplicas: Sendable {
    /// Gets the content from one of `file.nodes`, unless it is here; returns when it is.
    func hold(_ file: FileDescription) async throws(FileStoreError) -> FileDescription
}
