import CCrierMessages

/// How a node stands that was to be drained.
public struct DrainStatus: WireMessage, Equatable {
    /// Which node it is.
    public var nodeID: String
    /// What it does with clients.
    public var state: State
    /// Clients that are still connected to it.
    public var clients: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(nodeID: String = "", state: State = .up, clients: Int64 = 0) {
        self.nodeID = nodeID
        self.state = state
        self.clients = clients
    }

    /// What a node does with clients.
    public enum State: RawRepresentable, Hashable, Sendable {
        case up
        /// It takes none, and sends those that it has to other nodes.
        case draining
        /// Its process ends.
        case leaving
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .up
                case 1: .draining
                case 2: .leaving
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .up: 0
            case .draining: 1
            case .leaving: 2
            case .unrecognized(let value): value
            }
        }
    }
}

extension DrainStatus: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "DrainStatus", crier__v1__drain_status__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__DrainStatus) throws(WireError) {
        nodeID = try c.node_id.string("DrainStatus", "node_id")
        state = State(rawValue: Int32(bitPattern: c.state.rawValue))
        clients = c.clients
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__DrainStatus> {
        let c = scratch.make(crier__v1__drain_status__init)
        c.pointee.node_id = scratch.copy(nodeID)
        c.pointee.state = Crier__V1__DrainStatus__State(rawValue: UInt32(bitPattern: state.rawValue))
        c.pointee.clients = clients
        return c
    }
}
