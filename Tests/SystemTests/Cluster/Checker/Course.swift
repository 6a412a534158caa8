/// What happened in a run, as its backends and its agents saw it. Times are since the run began, by one clock.
struct Course: Sendable {
    /// What a backend was told of a push.
    enum Answer: Sendable, Equatable {
        case written(node: String)
        /// By answer: nothing was written. With the outcome's name.
        case refused(String)
        /// It may have been written or not: the way broke, or nobody answered.
        case unknown(String)
    }

    struct Push: Sendable {
        var client: String
        /// Pushes of one lane to one client are in order: of one publisher, as long as no answer of it was lost.
        var lane: String
        /// The node that was asked; nil where the backend's connection chose one.
        var asked: String?
        var sent: Duration
        var answered: Duration?
        var answer: Answer?
    }

    /// How a session ended for its agent.
    enum End: Sendable, Equatable {
        /// The gateway ended the stream itself: all that it had written before has come.
        case told
        /// The agent went away, or gave a silent gateway up.
        case left
        /// The connection broke.
        case lost(String)
    }

    struct Session: Sendable {
        var client: String
        var id: String
        var generation: UInt64
        var node: String
        var began: Duration
        var ended: Duration?
        var end: End?
        /// Numbers of the pushes that came, in their order.
        var received: [Int] = []
    }

    /// Something that the test did to the cluster, for as long as it lasted.
    struct Disturbance: Sendable {
        var what: String
        /// Nodes whose connections may break, and which may lose what they have written.
        var breaks: Set<String>
        /// Whether pushes through the first node (nil: any) to a client that the second holds may be refused meanwhile.
        var hinders: @Sendable (_ asked: String?, _ holder: String) -> Bool
        var from: Duration
        var to: Duration?
    }

    var pushes: [Push] = []
    var sessions: [Session] = []
    var disturbances: [Disturbance] = []
    /// What could not be put anywhere else, such as a message that no backend sent.
    var oddities: [String] = []
}
