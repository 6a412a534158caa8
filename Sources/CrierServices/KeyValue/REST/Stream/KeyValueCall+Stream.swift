import CrierCore
import HTTPTypes
import Hummingbird

/// `GET /v1/stream`
extension KeyValueCall {
    func stream(_ slots: StreamSlots) async throws -> Response {
        try query.allow(["namespace", "prefix", "after"])
        let scope = try scope()
        let start = try start()
        let now = try await position(of: scope)
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store", .crierPosition: now.description,
            .xAccelBuffering: "no",
        ]
        if request.method == .head { return Response(status: .ok, headers: headers) }
        let slot = try slots.take()
        let stream = EventStream(scope, try await source(scope, start, now), slot, patience.bookmark)
        let (request, loop) = (request, channel.eventLoop)
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in try await stream.write(&writer, request, on: loop) }
        )
    }

    /// Every namespace, one, or a part of one.
    private func scope() throws(Problem) -> StoreScope {
        let prefix = try query.text("prefix")
        guard let name = try query.text("namespace") else {
            guard prefix == nil else { throw Problem.wrong("prefix needs a namespace beside it", field: "namespace") }
            return .everything
        }
        let namespace = try Problem.naming("namespace") { () throws(KeyValueError) in try StoreNamespace(name) }
        return StoreScope(namespace, prefix: prefix ?? "")
    }

    /// Where the reader stopped: what a browser remembers goes before what the page once wrote into its address.
    private func start() throws(Problem) -> StorePosition? {
        let after = try query.text("after")
        let last = request.headers[.lastEventID].flatMap { $0.isEmpty ? nil : $0 }
        guard let text = last ?? after else { return nil }
        let field = last == nil ? "after" : "Last-Event-ID"
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt64(digits: $0) }
        guard parts.count == 2, let epoch = parts[0], let revision = parts[1] else {
            throw Problem.wrong(
                "\(field) \(Excerpt(text)) is not allowed: it must be <epoch>:<revision>", field: field
            )
        }
        return StorePosition(epoch: epoch, revision: revision)
    }

    private func source(
        _ scope: StoreScope,
        _ start: StorePosition?,
        _ now: StorePosition
    ) async throws -> EventStream.Source {
        do throws(KeyValueError) {
            // Always from a position that is known: what happens between here and the first event is not missed.
            let watch = try await store.watch(scope, after: start ?? now)
            return .watch(watch.live, after: start ?? now, isNew: start == nil)
        } catch {
            switch error.code {
            case .compacted: return .reset(.compacted)
            case .epochChanged: return .reset(.epochChanged)
            default: throw error
            }
        }
    }
}

extension UInt64 {
    /// Decimal digits and nothing else.
    fileprivate init?(digits text: Substring) {
        guard text.utf8.first != UInt8(ascii: "+") else { return nil }
        self.init(text)
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
    /// Tells nginx to pass each event on at once.
    fileprivate static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
