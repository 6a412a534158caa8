import Synchronization

/// What the server says of its health: one state for each service and one, named "", for the server as a whole.
///
/// Watchers are told of every change, in order. Changes are rare, so one lock is held while they are told; a watcher
/// must not call back into the board.
public final class HealthBoard: Sendable {
    /// The state of a service.
    public enum State: Sendable, Equatable {
        case serving
        case notServing
    }

    /// Identifies a watcher of this board.
    struct WatcherID: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// Told of a state; nil when there is no such service.
    typealias Watcher = @Sendable (State?) -> Void

    /// The name of the server as a whole.
    public static let server = ""

    fileprivate struct Contents {
        var states: [String: State] = [:]
        var watchers: [String: [WatcherID: Watcher]] = [:]
        var lastWatcher: UInt64 = 0
        var isDrained = false
    }

    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - services: the full names, and bare ones where a service has them. The server as a whole is always there.
    ///   - state: what all of them begin with.
    public init(services: [String], state: State = .notServing) {
        contents.withLock { contents in
            for service in services + [Self.server] { contents.states[service] = state }
        }
    }

    /// The state of a service; nil when there is none of that name.
    public func state(of service: String) -> State? {
        contents.withLock { $0.states[service] }
    }

    /// The states of all services, and of the server as a whole under "".
    var states: [String: State] { contents.withLock { $0.states } }

    /// Sets the state of one service, which from now on exists. After `drain` nothing changes any more.
    public func set(_ state: State, of service: String) {
        contents.withLock { $0.set(state, of: [service]) }
    }

    /// Sets the state of every service and of the server as a whole. After `drain` nothing changes any more.
    public func setAll(_ state: State) {
        contents.withLock { $0.set(state, of: Array($0.states.keys)) }
    }

    /// Everything is NOT_SERVING, for good: clients that watch go elsewhere before their connections end.
    public func drain() {
        contents.withLock { contents in
            contents.set(.notServing, of: Array(contents.states.keys))
            contents.isDrained = true
        }
    }

    /// Tells `watcher` the state now and every later change, until `stopWatching`.
    func watch(_ service: String, _ watcher: @escaping Watcher) -> WatcherID {
        contents.withLock { contents in
            contents.lastWatcher += 1
            let id = WatcherID(number: contents.lastWatcher)
            contents.watchers[service, default: [:]][id] = watcher
            watcher(contents.states[service])
            return id
        }
    }

    /// Forgets a watcher.
    func stopWatching(_ service: String, _ id: WatcherID) {
        contents.withLock { contents in
            contents.watchers[service]?[id] = nil
            if contents.watchers[service]?.isEmpty == true { contents.watchers[service] = nil }
        }
    }
}

extension HealthBoard.Contents {
    fileprivate mutating func set(_ state: HealthBoard.State, of services: [String]) {
        guard !isDrained else { return }
        for service in services where states[service] != state {
            states[service] = state
            for watcher in (watchers[service] ?? [:]).values { watcher(state) }
        }
    }
}
