import Synchronization

/// Waits for all that a gateway needs before it takes work, and then says so, once.
final class StartSteps: Sendable {
    private struct State {
        var httpPort: Int?
        var isInCluster: Bool
        var isDone = false
    }

    private let state: Mutex<State>
    private let start: @Sendable (_ httpPort: Int) -> Void

    /// - Parameters:
    ///   - needsCluster: the node must be in the registry first.
    ///   - start: what to do when everything is there.
    init(needsCluster: Bool, start: @escaping @Sendable (_ httpPort: Int) -> Void) {
        state = Mutex(State(isInCluster: !needsCluster))
        self.start = start
    }

    func listens(onHTTPPort port: Int) { advance { $0.httpPort = port } }

    func entersCluster() { advance { $0.isInCluster = true } }

    private func advance(_ step: (inout State) -> Void) {
        let port: Int? = state.withLock { state in
            step(&state)
            guard !state.isDone, state.isInCluster, let port = state.httpPort else { return nil }
            state.isDone = true
            return port
        }
        if let port { start(port) }
    }
}
