public import NIOCore

/// How soon nodes give each other up.
public struct PeerTiming: Sendable {
    /// How long a connection to a node may take, and its handshake. 3 s: pushes wait for it.
    public var connect = TimeAmount.seconds(3)

    /// Silence of a node after which it is asked whether it lives. 1 s: a busy node is never silent for longer.
    public var silence = TimeAmount.seconds(1)

    /// How long it may take to answer that. 3 s: with the silence and the second between two looks, a dead node is
    /// known after 5 s, a stopped one too.
    public var answer = TimeAmount.seconds(3)

    public init() {}
}
