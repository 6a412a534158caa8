import CCrierMessages

extension Etcd {
    /// Asks for a token.
    public struct AuthenticateRequest: WireMessage {
        /// The user.
        public var name: String
        /// Its password.
        public var password: String

        /// A message with these fields; the defaults are those of the wire.
        public init(name: String = "", password: String = "") {
            self.name = name
            self.password = password
        }
    }
}

extension Etcd.AuthenticateRequest: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "AuthenticateRequest", etcdserverpb__authenticate_request__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__AuthenticateRequest) throws(WireError) {
        name = try c.name.string("AuthenticateRequest", "name")
        password = try c.password.string("AuthenticateRequest", "password")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__AuthenticateRequest> {
        let c = scratch.make(etcdserverpb__authenticate_request__init)
        c.pointee.name = scratch.copy(name)
        c.pointee.password = scratch.copy(password)
        return c
    }
}

extension Etcd {
    /// A token, which goes with every request.
    public struct AuthenticateResponse: WireMessage {
        /// Which cluster answers, and where it stands.
        public var header: ResponseHeader?
        /// For the metadata `token`.
        public var token: String

        /// A message with these fields; the defaults are those of the wire.
        public init(header: ResponseHeader? = nil, token: String = "") {
            self.header = header
            self.token = token
        }
    }
}

extension Etcd.AuthenticateResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(
            bytes, "AuthenticateResponse", etcdserverpb__authenticate_response__unpack, limit: Limits.etcdUnpackBytes)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__AuthenticateResponse) throws(WireError) {
        header = try Etcd.ResponseHeader.read(c.header)
        token = try c.token.string("AuthenticateResponse", "token")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__AuthenticateResponse> {
        let c = scratch.make(etcdserverpb__authenticate_response__init)
        if let header { c.pointee.header = header.fill(&scratch) }
        c.pointee.token = scratch.copy(token)
        return c
    }
}
