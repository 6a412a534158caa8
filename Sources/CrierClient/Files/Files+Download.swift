import CrierMessages

extension Files {
    /// Where a download ends up and how fast it may be.
    public struct DownloadOptions: Sendable {
        /// In bytes; 0 for no limit. May be changed through `limiter` while it runs.
        public var limiter: RateLimiter
        /// How long without a byte until it gives up; nil: until the task is cancelled. What came is kept either way.
        public var patience: Duration?

        public init(limiter: RateLimiter = RateLimiter(bytesPerSecond: 0), patience: Duration? = .seconds(60)) {
            self.limiter = limiter
            self.patience = patience
        }
    }

    /// Downloads a file to `path`, and goes on where an earlier download to the same directory stopped. The file gets
    /// its name only when it is whole and its digest is right; until then it is in `.crier` beside it.
    /// - Parameters:
    ///   - fileID: An id or a name, as for `info`.
    ///   - path: A file that is made or replaced, or a directory that exists or ends in `/`: then the file keeps its
    ///     own name.
    ///   - progress: Called for every chunk, from any thread.
    /// - Returns: The path of the finished file.
    /// - Throws: `.notFound`; `.changed`, `.dataLoss` and others as they come; `.unavailable`, `.busy` or
    ///   `.deadlineExceeded` after `patience`; `.cancelled`, for the task that runs this, keeps what came.
    @discardableResult
    public func download(
        _ fileID: String,
        to path: String,
        options: DownloadOptions = DownloadOptions(),
        progress: @escaping @Sendable (PullReport) -> Void = { _ in }
    ) async throws(CrierClientError) -> String {
        let info = try await info(fileID)
        let place = try Place(path, named: info.name)
        let order = try PullOrder(info, as: place.name)
        let directory = try await disk.run { () throws(CrierClientError) in try PullDirectory(path: place.directory) }
        let pull = Pull(
            PullRecord(order: order, received: clock.wallMilliseconds),
            control: PullControl(),
            patience: options.patience,
            in: Pull.Environment(
                directory: directory,
                source: GatewaySource(link: link),
                clock: clock,
                random: random,
                limiter: options.limiter,
                gatewayTime: { [clock] in clock.wallMilliseconds },
                report: progress
            )
        )
        let error: CrierClientError
        switch await pull.run() {
        case .finished:
            await disk.finish {
                try? directory.discard(order)
                directory.removeWorkIfEmpty()
            }
            return directory.path(of: order.name)
        case .failed(let code, let reason): error = CrierClientError(code, reason)
        case .declined(let reason): error = CrierClientError(.internalError, reason)
        case .revoked, nil: throw CrierClientError(.cancelled, "the download was cancelled; what came is kept")
        }
        await disk.finish { directory.removeWorkIfEmpty() }
        throw error
    }

    /// A path taken apart into the directory and the name in it.
    struct Place: Sendable, Equatable {
        var directory: String
        var name: SafeFileName

        init(_ path: String, named ownName: String) throws(CrierClientError) {
            guard !path.isEmpty else { throw CrierClientError(.invalidArgument, "the path is empty") }
            let isDirectory =
                path.hasSuffix("/") || path == "." || path == ".." || path.hasSuffix("/..")
                || (try? DiskDirectory(path: path)) != nil
            if isDirectory {
                directory = path
                name = try SafeFileName(ownName)
            } else if let slash = path.lastIndex(of: "/") {
                directory = slash == path.startIndex ? "/" : String(path[..<slash])
                name = try SafeFileName(String(path[path.index(after: slash)...]))
            } else {
                directory = "."
                name = try SafeFileName(path)
            }
        }
    }
}
