import CrierMessages

extension KeyValueClient {
    /// Every change from now on.
    /// - Parameters:
    ///   - namespace: Empty: all of them, for a caller who may read them all.
    ///   - prefix: Only keys that begin with it; needs a namespace.
    ///   - start: Where to begin.
    ///   - previous: Tell the old values too. Whoever keeps a copy has them already.
    /// - Throws: `.unavailable` and `.invalid` when the call cannot be made; what the gateway says comes from the
    ///   sequence.
    public func watch(
        _ namespace: String,
        prefix: String = "",
        from start: KeyValueWatchStart = .now,
        previous: Bool = false
    ) async throws(KeyValueClientError) -> KeyValueWatch {
        var request = WatchRequest(namespace: namespace, prefix: prefix, previous: previous)
        switch start {
        case .now: break
        case .snapshot: request.snapshot = true
        case .after(let position): request.after = position.wire
        }
        do throws(CrierClientError) {
            let stream = try await link.open(KeyValueMethods.watch, request, silence: watchSilence)
            return KeyValueWatch(stream: stream, withSnapshot: request.snapshot)
        } catch {
            throw KeyValueClientError(watch: error)
        }
    }

    /// A copy of everything as it is now, made while the gateway goes on working.
    public func backup() async throws(KeyValueClientError) -> KeyValueBackup {
        do throws(CrierClientError) {
            return KeyValueBackup(stream: try await link.open(KeyValueMethods.backup, BackupRequest()))
        } catch {
            throw KeyValueClientError(watch: error)
        }
    }
}

/// Where a watch begins.
public enum KeyValueWatchStart: Sendable, Hashable {
    /// With the next change.
    case now
    /// With what is there, then every change after it.
    case snapshot
    /// With the first change after this position.
    case after(KeyValuePosition)
}

/// The bytes of a backup, in order. Throws `.unavailable` when it was cut off: what came is then no backup.
public struct KeyValueBackup: AsyncSequence, Sendable {
    let stream: MessageStream<BackupRequest, BackupChunk>

    public func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

    public struct Iterator: AsyncIteratorProtocol {
        let stream: MessageStream<BackupRequest, BackupChunk>
        private var total: UInt64?
        private var received: UInt64 = 0

        init(stream: MessageStream<BackupRequest, BackupChunk>) {
            self.stream = stream
        }

        /// Bytes of the whole; nil before the first piece.
        public var totalBytes: Int? { total.map { Int(clamping: $0) } }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(KeyValueClientError) -> [UInt8]? {
            let chunk: BackupChunk?
            do throws(CrierClientError) {
                chunk = try await stream.next()
            } catch {
                throw KeyValueClientError(watch: error)
            }
            guard let chunk else {
                guard let total, received == total else {
                    throw KeyValueClientError(.unavailable, "the backup was cut off after \(received) bytes")
                }
                return nil
            }
            if total == nil { total = chunk.totalSize }
            received += UInt64(chunk.content.count)
            return chunk.content
        }
    }
}
