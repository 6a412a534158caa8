import CCrierMessages

/// Asks for a new lease.
public struct GrantLeaseRequest: WireMessage {
    /// 2 seconds to 24 hours, in milliseconds.
    public var ttlMs: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(ttlMs: Int64 = 0) {
        self.ttlMs = ttlMs
    }
}

extension GrantLeaseRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "GrantLeaseRequest", crier__v1__grant_lease_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__GrantLeaseRequest) throws(WireError) {
        ttlMs = c.ttl_ms
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__GrantLeaseRequest> {
        let c = scratch.make(crier__v1__grant_lease_request__init)
        c.pointee.ttl_ms = ttlMs
        return c
    }
}

/// Names a lease that is to be renewed or revoked.
public struct LeaseRequest: WireMessage {
    /// Its id.
    public var leaseID: UInt64

    /// A message with these fields; the defaults are those of the wire.
    public init(leaseID: UInt64 = 0) {
        self.leaseID = leaseID
    }
}

extension LeaseRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "LeaseRequest", crier__v1__lease_request__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__LeaseRequest) throws(WireError) {
        leaseID = c.lease_id
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__LeaseRequest> {
        let c = scratch.make(crier__v1__lease_request__init)
        c.pointee.lease_id = leaseID
        return c
    }
}

/// A time that entries share.
public struct Lease: WireMessage {
    /// Never 0.
    public var leaseID: UInt64
    /// How long it lives after it was granted or renewed, at least.
    public var ttlMs: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(leaseID: UInt64 = 0, ttlMs: Int64 = 0) {
        self.leaseID = leaseID
        self.ttlMs = ttlMs
    }
}

extension Lease: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Lease", crier__v1__lease__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__Lease) throws(WireError) {
        leaseID = c.lease_id
        ttlMs = c.ttl_ms
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Lease> {
        let c = scratch.make(crier__v1__lease__init)
        c.pointee.lease_id = leaseID
        c.pointee.ttl_ms = ttlMs
        return c
    }
}
