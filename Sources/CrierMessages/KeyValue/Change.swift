import CCrierMessages

/// What happened to one key at one revision.
public struct Change: WireMessage {
    /// What happened.
    public var kind: Kind
    /// Of a DELETE or EXPIRE: namespace, key and the revision at which it went.
    public var entry: Entry?
    /// As it was before; absent: there was none, or the watcher did not ask for it.
    public var previous: Entry?

    /// A message with these fields; the defaults are those of the wire.
    public init(kind: Kind = .put, entry: Entry? = nil, previous: Entry? = nil) {
        self.kind = kind
        self.entry = entry
        self.previous = previous
    }

    /// What happened.
    public enum Kind: RawRepresentable, Hashable, Sendable {
        case put
        case delete
        /// Its time ran out, or its lease's did.
        case expire
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .put
                case 1: .delete
                case 2: .expire
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .put: 0
            case .delete: 1
            case .expire: 2
            case .unrecognized(let value): value
            }
        }
    }
}

extension Change: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "Change", crier__v1__change__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__Change) throws(WireError) {
        kind = Kind(c.kind)
        entry = try Entry.read(c.entry)
        previous = try Entry.read(c.previous)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__Change> {
        let c = scratch.make(crier__v1__change__init)
        c.pointee.kind = kind.c
        if let entry { c.pointee.entry = entry.fill(&scratch) }
        if let previous { c.pointee.previous = previous.fill(&scratch) }
        return c
    }
}

extension Change.Kind {
    init(_ c: Crier__V1__Change__Kind) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__Change__Kind { Crier__V1__Change__Kind(rawValue: UInt32(bitPattern: rawValue)) }
}

extension Change: HandPacked {
    var fieldsSize: Int {
        FieldWriter.size(signed: Int64(kind.rawValue)) + FieldWriter.size(entry) + FieldWriter.size(previous)
    }

    func write(to writer: inout FieldWriter) {
        writer.put(1, signed: Int64(kind.rawValue))
        writer.put(2, entry)
        writer.put(3, previous)
    }
}
