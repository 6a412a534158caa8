/// Every limit of this target.
enum Limits {
    /// Bytes that unpacking one message may take. An empty sub-message is two bytes on the wire and over a hundred in
    /// memory, so the 4 MiB that gRPC lets in could ask for hundreds; the densest message that makes sense, 4 MiB of
    /// short client ids, needs about 50 MiB.
    static let unpackBytes = 64 << 20

    /// Bytes that unpacking an answer of etcd may take. 256 MiB: a transaction answers with what its hundred keys held
    /// before, 1 MiB each, and etcd is trusted with what it keeps for us.
    static let etcdUnpackBytes = 256 << 20

    /// Bytes of the stack that packing and unpacking begin with. 1 KiB: the most that Swift takes from the stack, and
    /// more than a push and its answer need; what is larger it takes from the heap.
    static let scratchBytes = 1024

    /// Bytes of the blocks that are asked for when the stack's do not suffice.
    static let scratchBlockBytes = 16384
}
