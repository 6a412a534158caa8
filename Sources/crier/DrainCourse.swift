import CrierMessages

/// How a drain goes on, in the words of `crier drain`.
struct DrainCourse {
    /// How it ended, told in one line.
    enum End: Equatable {
        case asAsked(String)
        case notAsAsked(String)
    }

    private let isCancel: Bool
    private var most: Int64 = 0
    private var last: DrainStatus?

    /// - Parameter isCancel: The node was told to take agents again.
    init(isCancel: Bool) { self.isCancel = isCancel }

    /// The line to show while it goes on; nil: nothing to say.
    mutating func hear(_ status: DrainStatus) -> String? {
        most = max(most, status.clients)
        last = status
        guard !isCancel, status.clients > 0 else { return nil }
        return "\(status.nodeID): \(status.clients) of \(most) agents left"
    }

    /// After the node's last word; nil: there was none.
    var end: End? {
        guard let last else { return nil }
        let node = last.nodeID
        switch (isCancel, last.state) {
        case (true, .up): return .asAsked("\(node) takes agents again")
        case (true, _): return .notAsAsked("\(node) takes no agents: it is \(last.state)")
        case (false, .up): return .notAsAsked("\(node) takes agents again: the drain was called off")
        case (false, _) where last.clients == 0: return .asAsked("\(node) is drained: no agent is left")
        case (false, _): return .notAsAsked("\(node) said no more: \(last.clients) of \(most) agents were left")
        }
    }
}
