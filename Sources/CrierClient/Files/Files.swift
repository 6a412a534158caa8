public import CrierMessages

/// A gateway's files: up, down, listed, deleted.
public final class Files: Sendable {
    let link: GatewayLink
    let clock: any ClientClock
    let random: Randomness
    let disk = DiskPool.shared

    public init(
        _ link: GatewayLink,
        clock: any ClientClock = SystemClock(),
        random: @escaping Randomness = systemRandomness
    ) {
        self.link = link
        self.clock = clock
        self.random = random
    }

    /// What the gateway knows of a file.
    /// - Parameter fileID: `sha256:<64 hex digits>`, or a name, which means the newest file of that name.
    /// - Throws: `.notFound`, `.invalidArgument`, `.unavailable`.
    public func info(_ fileID: String) async throws(CrierClientError) -> FileInfo {
        try await link.call(Methods.getFile, FileRequest(fileID: fileID), timeout: Limits.callTimeout)
    }

    /// Every file whose name begins with `prefix`, one at a time, in the gateway's order.
    public func list(prefix: String = "") async throws(CrierClientError) -> Answers<FileInfo> {
        Answers(try await link.open(Methods.listFiles, ListFilesRequest(namePrefix: prefix)))
    }

    /// Deletes a name, and the bytes with their last one; an id deletes every name. Returns what was deleted.
    @discardableResult
    public func delete(_ fileID: String) async throws(CrierClientError) -> FileInfo {
        try await link.call(Methods.deleteFile, FileRequest(fileID: fileID), timeout: Limits.callTimeout)
    }
}

/// The answers of one call, in order. Reading slowly slows the gateway down; nothing piles up here.
public struct Answers<Answer: WireMessage>: AsyncSequence, Sendable {
    private let read: @Sendable () async throws(CrierClientError) -> Answer?

    init<Request: WireMessage>(_ stream: MessageStream<Request, Answer>) {
        read = { () async throws(CrierClientError) in try await stream.next() }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(read: read) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let read: @Sendable () async throws(CrierClientError) -> Answer?

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(CrierClientError) -> Answer? { try await read() }
    }
}
