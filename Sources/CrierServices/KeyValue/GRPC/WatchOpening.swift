import CrierCore
import CrierMessages
import NIOCore

/// The way from a task to the watch's call on its loop.
struct WatchPort: Sendable {
    private let eventLoop: any EventLoop
    private let call: NIOLoopBound<WatchCall>

    /// On the call's loop.
    init(_ call: WatchCall, _ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.call = NIOLoopBound(call, eventLoop: eventLoop)
    }

    func onLoop(_ body: @escaping @Sendable (WatchCall) -> Void) {
        eventLoop.execute { body(call.value) }
    }

    /// Waits while the client does not read. False: nobody listens any more.
    func send(_ message: WatchResponse) async -> Bool {
        await withCheckedContinuation { sender in onLoop { $0.send(message, sender) } }
    }
}

/// The part of a watch that waits for the store: where it begins, and what is there already.
struct WatchOpening: Sendable {
    private let store: CallerStore
    private let scope: StoreScope
    private let after: StorePosition?
    private let wantsSnapshot: Bool
    private let port: WatchPort

    /// Throws `invalid` naming the field.
    init(_ request: WatchRequest, _ store: CallerStore, _ port: WatchPort) throws(KeyValueError) {
        scope = try StoreScope(namespace: request.namespace, prefix: request.prefix)
        guard !request.snapshot || request.after == nil else {
            throw KeyValueError(
                .invalid, "after together with snapshot is not allowed: a snapshot begins with what is there now"
            )
        }
        after = request.after.map { StorePosition($0) }
        wantsSnapshot = request.snapshot
        self.store = store
        self.port = port
    }

    func run() async {
        do throws(KeyValueError) {
            if wantsSnapshot { try await snapshot() } else { try await start() }
        } catch {
            port.onLoop { call in
                switch error.code {
                case .compacted: call.end(.compacted)
                case .epochChanged: call.end(.epochChanged)
                default: call.end(error)
                }
            }
        }
    }

    private func start() async throws(KeyValueError) {
        // "From now on" is a position as well: the client may have to resume before anything happens.
        let start: StorePosition
        if let after { start = after } else { start = try await store.list(StoreListRequest(scope, limit: 1)).position }
        let watch = try await store.watch(scope, after: start).live
        guard await port.send(WatchResponse(position: Position(start))) else { return }
        port.onLoop { $0.begin(watch) }
    }

    private func snapshot() async throws(KeyValueError) {
        var snapshot = SnapshotWatch(store, scope).makeAsyncIterator()
        while let event = try await snapshot.next() {
            switch event {
            case .entries(let entries):
                guard await send(entries) else { return }
            case .snapshotEnd(let position):
                guard await port.send(WatchResponse(position: Position(position), snapshotEnd: true)) else { return }
                guard let live = snapshot.live else { return }
                return port.onLoop { $0.begin(live) }
            case .reset(let reset):
                return port.onLoop { $0.end(reset) }
            case .changes, .progress: preconditionFailure("a snapshot's changes come after its end")
            }
        }
    }

    private func send(_ entries: [StoreEntry]) async -> Bool {
        var rest = entries[...]
        while !rest.isEmpty {
            let part = rest.fitting(KeyValueServiceLimits.watchMessageBytes) { Entry.byteCount($0) }
            rest = rest.dropFirst(part.count)
            guard await port.send(WatchResponse(changes: part.map { Change(entry: Entry($0)) })) else { return false }
        }
        return true
    }
}

extension ArraySlice {
    /// The first elements that are within so many bytes, one at least.
    func fitting(_ limit: Int, _ byteCount: (Element) -> Int) -> ArraySlice<Element> {
        var bytes = 0
        return prefix { element in
            let isFirst = bytes == 0
            bytes += byteCount(element)
            return isFirst || bytes <= limit
        }
    }
}
