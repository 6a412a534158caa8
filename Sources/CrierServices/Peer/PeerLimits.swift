import NIOCore

/// The limits of what nodes say to each other.
enum PeerLimits {
    /// Bytes of pushes that one loop has for one node and that are not in the socket's buffer, and of answers the other
    /// way. 8 MiB: two messages of the largest size, or 60,000 small ones; beyond it pushes are CONGESTED, for the node
    /// does not read.
    static let unsentBytes = 8 << 20

    /// Bytes of one gRPC message between nodes before it is sent without waiting for the end of the turn. 256 KiB: one
    /// DATA frame.
    static let batchBytes = 256 << 10

    /// The largest gRPC message that a node takes from another: a batch, and one push of the largest size behind it. 5
    /// MiB.
    static let inboundMessageBytes = 5 << 20

    /// Receive window of the stream between two nodes, bytes. 4 MiB: a gigabit at 30 ms.
    static let streamWindow: Int32 = 4 << 20

    /// The shortest time between two PINGs of a node. Half of its silence: no honest node asks more often.
    static let permittedPings = TimeAmount.milliseconds(500)

    /// How long a node that could not be reached is left alone: at first, 100 ms; ever longer up to the next.
    static let firstBackoff = TimeAmount.milliseconds(100)

    /// The longest of these. 5 s: a node that is back is used again that soon.
    static let longestBackoff = TimeAmount.seconds(5)

    /// Bytes of a shared secret, before the line's end. 16: less can be guessed; 1,024: it travels in a header.
    static let secretBytes = 16...1_024
}
