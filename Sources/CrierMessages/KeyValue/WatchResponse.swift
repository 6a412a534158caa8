import CCrierMessages

/// What a watcher hears.
public struct WatchResponse: WireMessage {
    /// All of one revision. Without a position: part of what a later message ends.
    public var changes: [Change]
    /// Resume after it.
    public var position: Position?
    /// The snapshot was whole; `position` says of when.
    public var snapshotEnd: Bool
    /// The last message: read again from the start.
    public var reset: Reset

    /// A message with these fields; the defaults are those of the wire.
    public init(
        changes: [Change] = [],
        position: Position? = nil,
        snapshotEnd: Bool = false,
        reset: Reset = .none
    ) {
        self.changes = changes
        self.position = position
        self.snapshotEnd = snapshotEnd
        self.reset = reset
    }

    /// Why a watch ends.
    public enum Reset: RawRepresentable, Hashable, Sendable {
        case none
        /// The log does not reach back to `after`, or to where a slow reader stood.
        case compacted
        /// `after` is of another epoch, or ahead of the store.
        case epoch
        /// The reader did not read.
        case overflow
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .none
                case 1: .compacted
                case 2: .epoch
                case 3: .overflow
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .none: 0
            case .compacted: 1
            case .epoch: 2
            case .overflow: 3
            case .unrecognized(let value): value
            }
        }
    }
}

extension WatchResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "WatchResponse", crier__v1__watch_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withHandPacked(body)
    }

    init(_ c: Crier__V1__WatchResponse) throws(WireError) {
        changes = try Change.read(c.changes, c.n_changes)
        position = try Position.read(c.position)
        snapshotEnd = c.snapshot_end != 0
        reset = Reset(c.reset)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__WatchResponse> {
        let c = scratch.make(crier__v1__watch_response__init)
        c.pointee.n_changes = changes.count
        c.pointee.changes = scratch.copy(changes)
        if let position { c.pointee.position = position.fill(&scratch) }
        c.pointee.snapshot_end = snapshotEnd ? 1 : 0
        c.pointee.reset = reset.c
        return c
    }
}

extension WatchResponse.Reset {
    init(_ c: Crier__V1__WatchResponse__Reset) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__WatchResponse__Reset { Crier__V1__WatchResponse__Reset(rawValue: UInt32(bitPattern: rawValue)) }
}

extension WatchResponse: HandPacked {
    var fieldsSize: Int {
        var size = FieldWriter.size(position) + FieldWriter.size(varint: snapshotEnd ? 1 : 0)
        for change in changes { size += FieldWriter.size(change) }
        return size + FieldWriter.size(signed: Int64(reset.rawValue))
    }

    func write(to writer: inout FieldWriter) {
        for change in changes { writer.put(1, change) }
        writer.put(2, position)
        writer.put(3, varint: snapshotEnd ? 1 : 0)
        writer.put(4, signed: Int64(reset.rawValue))
    }
}
