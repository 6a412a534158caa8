import CCrierMessages

/// How the pull of an announced file goes.
public struct FileStatus: WireMessage {
    /// `sha256:<64 hex digits>`, or a name, which means the newest file of that name.
    public var fileID: String
    /// How the pull stands.
    public var state: State
    /// Bytes that are on the agent's disk.
    public var bytesDone: Int64
    /// Bytes of the whole file.
    public var bytesTotal: Int64
    /// More for people to read.
    public var detail: String
    /// The notice this answers.
    public var messageID: String
    /// The rollout that this belongs to; empty: none.
    public var rolloutID: String

    /// A message with these fields; the defaults are those of the wire.
    public init(
        fileID: String = "",
        state: State = .unknown,
        bytesDone: Int64 = 0,
        bytesTotal: Int64 = 0,
        detail: String = "",
        messageID: String = "",
        rolloutID: String = ""
    ) {
        self.fileID = fileID
        self.state = state
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.detail = detail
        self.messageID = messageID
        self.rolloutID = rolloutID
    }

    /// How a pull stands.
    public enum State: RawRepresentable, Hashable, Sendable {
        case unknown
        case accepted
        case downloading
        case verified
        case installed
        case failed
        case declined
        case paused
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unknown
                case 1: .accepted
                case 2: .downloading
                case 3: .verified
                case 4: .installed
                case 5: .failed
                case 6: .declined
                case 7: .paused
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .unknown: 0
            case .accepted: 1
            case .downloading: 2
            case .verified: 3
            case .installed: 4
            case .failed: 5
            case .declined: 6
            case .paused: 7
            case .unrecognized(let value): value
            }
        }
    }
}

extension FileStatus: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileStatus", crier__v1__file_status__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__FileStatus) throws(WireError) {
        fileID = try c.file_id.string("FileStatus", "file_id")
        state = State(c.state)
        bytesDone = c.bytes_done
        bytesTotal = c.bytes_total
        detail = try c.detail.string("FileStatus", "detail")
        messageID = try c.message_id.string("FileStatus", "message_id")
        rolloutID = try c.rollout_id.string("FileStatus", "rollout_id")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileStatus> {
        let c = scratch.make(crier__v1__file_status__init)
        c.pointee.file_id = scratch.copy(fileID)
        c.pointee.state = state.c
        c.pointee.bytes_done = bytesDone
        c.pointee.bytes_total = bytesTotal
        c.pointee.detail = scratch.copy(detail)
        c.pointee.message_id = scratch.copy(messageID)
        c.pointee.rollout_id = scratch.copy(rolloutID)
        return c
    }
}

extension FileStatus.State {
    init(_ c: Crier__V1__FileStatus__State) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__FileStatus__State { Crier__V1__FileStatus__State(rawValue: UInt32(bitPattern: rawValue)) }
}
