import CrierGRPC
import CrierMessages

/// One watch of etcd: events in the order of their revisions, those of one revision never torn apart.
final class EtcdWatchStream {
    /// Some of etcd's news: first, without events, where the member that answers stands.
    struct News {
        let header: Etcd.ResponseHeader
        let events: [Etcd.Event]
    }

    private let stream: ClientStream
    private let connection: EtcdConnection
    private let token: EtcdLogin.Token?
    /// With a failure `compacted`: the first revision that a watch may begin at.
    private(set) var compactRevision: Int64 = 0
    private var parts: [Etcd.Event] = []

    private init(_ stream: ClientStream, _ connection: EtcdConnection, _ token: EtcdLogin.Token?) {
        self.stream = stream
        self.connection = connection
        self.token = token
    }

    deinit { stream.cancel() }

    /// Begins a watch.
    /// - Parameters:
    ///   - start: the first revision to hear of.
    ///   - silence: after which the watch is lost; nil: there may be nothing to tell.
    static func open(
        _ connection: EtcdConnection,
        _ range: EtcdLayout.KeyRange,
        from start: UInt64,
        silence: Duration? = nil
    ) async throws(EtcdFailure) -> EtcdWatchStream {
        let (stream, token) = try await connection.open(EtcdMethods.watch, silence: silence)
        let request = Etcd.WatchRequest(
            .create(
                Etcd.WatchCreateRequest(
                    key: range.start, rangeEnd: range.end, startRevision: Int64(clamping: start), fragment: true
                )
            )
        )
        do throws(GRPCStatus) {
            try await stream.send(request.pack { FramedMessage(payloadSize: $0, write: $1) })
        } catch {
            throw EtcdFailure(error)
        }
        return EtcdWatchStream(stream, connection, token)
    }

    /// Ends the wait in `next` from outside.
    var cancel: @Sendable () -> Void { { [stream] in stream.cancel() } }

    /// What comes next. Throws `compacted`, `denied`, and `notDone` when the watch is lost.
    func next() async throws(EtcdFailure) -> News {
        while true {
            let response = try await receive()
            if response.cancelled {
                compactRevision = response.compactRevision
                if compactRevision != 0 { throw EtcdFailure(.compacted, "the watch begins before \(compactRevision)") }
                throw ended(response.cancelReason)
            }
            parts += response.events
            guard !response.fragment, let header = response.header else { continue }
            defer { parts = [] }
            return News(header: header, events: parts)
        }
    }

    /// etcd says "permission denied" of a token that it has forgotten, too.
    private func ended(_ reason: String) -> EtcdFailure {
        let isDenied = reason.contains("permission denied") || reason.contains("auth")
        return EtcdFailure(isDenied && !connection.forget(token) ? .denied : .notDone, "watch ended: \(reason)")
    }

    private func receive() async throws(EtcdFailure) -> Etcd.WatchResponse {
        do throws(GRPCStatus) {
            guard let buffer = try await stream.next() else { throw GRPCStatus(.unavailable, "the watch ended") }
            return try EtcdConnection.unpack(buffer)
        } catch {
            let failure = EtcdFailure(error)
            let isOldToken = failure.kind == .staleToken && connection.forget(token)
            // A watch changes nothing: whatever became of it, it can begin anew.
            throw failure.kind == .unknown || isOldToken ? EtcdFailure(.notDone, failure.message) : failure
        }
    }
}
