import CCrierMessages

/// A sign of life, and its echo.
public struct Heartbeat: WireMessage {
    /// The client; the gateway does not need it.
    public var clientID: String
    /// The time: milliseconds since 1970, the sender's clock; the gateway echoes it.
    public var timestamp: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(clientID: String = "", timestamp: Int64 = 0) {
        self.clientID = clientID
        self.timestamp = timestamp
    }
}

extension Heartbeat: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Heartbeat", crier__v1__heartbeat__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Heartbeat) throws(WireError) {
        clientID = try c.client_id.string("Heartbeat", "client_id")
        timestamp = c.timestamp
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Heartbeat> {
        let c = scratch.make(crier__v1__heartbeat__init)
        c.pointee.client_id = scratch.copy(clientID)
        c.pointee.timestamp = timestamp
        return c
    }
}
