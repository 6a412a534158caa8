import Metrics

/// Counters of what goes wrong between nodes. What goes well is counted with all other pushes.
struct ForwardingMetrics: Sendable {
    /// Came back from a node that does not hold the client.
    let wrongNode = Counter(label: "crier_forward_wrong_node_total")
    /// Sent to a node that was lost before it answered.
    let unknown = Counter(label: "crier_forward_unknown_total")
    /// Not sent, since there was no way to the node.
    let unreachable = Counter(label: "crier_forward_unreachable_total")
    /// Waited for others of the same client to arrive, or for a route to be read again.
    let held = Counter(label: "crier_forward_held_total")
    /// Answers that fit no push: repeated ones, or of a node that errs.
    let strayAnswers = Counter(label: "crier_forward_stray_answers_total")
}
