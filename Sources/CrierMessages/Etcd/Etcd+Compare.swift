import CCrierMessages

extension Etcd {
    /// Something that must be true of a key, or of every key of a range.
    public struct Compare: WireMessage {
        /// How the key is compared with `target`.
        public var result: Result
        /// What of the key is compared, and with what; nil compares its version with 0.
        public var target: Target?
        /// The key, or the first of a range.
        public var key: [UInt8]
        /// The first key behind the range; empty: only `key`.
        public var rangeEnd: [UInt8]

        /// A message with these fields; the defaults are those of the wire.
        public init(result: Result = .equal, target: Target? = nil, key: [UInt8] = [], rangeEnd: [UInt8] = []) {
            self.result = result
            self.target = target
            self.key = key
            self.rangeEnd = rangeEnd
        }

        /// How to compare.
        public enum Result: Int32, Sendable, CaseIterable {
            case equal = 0
            case greater = 1
            case less = 2
            case notEqual = 3
        }

        /// What to compare with. A key that is absent has zeros.
        public enum Target: Sendable, Hashable {
            case version(Int64)
            case createRevision(Int64)
            case modRevision(Int64)
            case lease(Int64)
        }
    }
}

extension Etcd.Compare: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Compare", etcdserverpb__compare__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Etcdserverpb__Compare) throws(WireError) {
        result = Result(rawValue: Int32(bitPattern: c.result.rawValue)) ?? .equal
        target = Target(c)
        key = c.key.bytes
        rangeEnd = c.range_end.bytes
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Etcdserverpb__Compare> {
        let c = scratch.make(etcdserverpb__compare__init)
        c.pointee.result = .init(rawValue: UInt32(bitPattern: result.rawValue))
        c.pointee.key = scratch.copy(key)
        c.pointee.range_end = scratch.copy(rangeEnd)
        target?.fill(c)
        return c
    }
}

extension Etcd.Compare.Target {
    init?(_ c: Etcdserverpb__Compare) {
        switch c.target_union_case {
        case ETCDSERVERPB__COMPARE__TARGET_UNION_VERSION: self = .version(c.version)
        case ETCDSERVERPB__COMPARE__TARGET_UNION_CREATE_REVISION: self = .createRevision(c.create_revision)
        case ETCDSERVERPB__COMPARE__TARGET_UNION_MOD_REVISION: self = .modRevision(c.mod_revision)
        case ETCDSERVERPB__COMPARE__TARGET_UNION_LEASE: self = .lease(c.lease)
        default: return nil
        }
    }

    func fill(_ c: UnsafeMutablePointer<Etcdserverpb__Compare>) {
        switch self {
        case .version(let value):
            c.pointee.target = ETCDSERVERPB__COMPARE__COMPARE_TARGET__VERSION
            c.pointee.target_union_case = ETCDSERVERPB__COMPARE__TARGET_UNION_VERSION
            c.pointee.version = value
        case .createRevision(let value):
            c.pointee.target = ETCDSERVERPB__COMPARE__COMPARE_TARGET__CREATE
            c.pointee.target_union_case = ETCDSERVERPB__COMPARE__TARGET_UNION_CREATE_REVISION
            c.pointee.create_revision = value
        case .modRevision(let value):
            c.pointee.target = ETCDSERVERPB__COMPARE__COMPARE_TARGET__MOD
            c.pointee.target_union_case = ETCDSERVERPB__COMPARE__TARGET_UNION_MOD_REVISION
            c.pointee.mod_revision = value
        case .lease(let value):
            c.pointee.target = ETCDSERVERPB__COMPARE__COMPARE_TARGET__LEASE
            c.pointee.target_union_case = ETCDSERVERPB__COMPARE__TARGET_UNION_LEASE
            c.pointee.lease = value
        }
    }
}
