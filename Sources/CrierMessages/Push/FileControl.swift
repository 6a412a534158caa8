import CCrierMessages

/// What to do with a pull that runs.
public struct FileControl: WireMessage {
    /// `sha256:<64 hex digits>`, or a name, which means the newest file of that name.
    public var fileID: String
    /// What to do with the pull.
    public var action: Action
    /// The fastest allowed, in bytes a second; 0: no limit.
    public var maxBytesPerSecond: Int64

    /// A message with these fields; the defaults are those of the wire.
    public init(fileID: String = "", action: Action = .continue, maxBytesPerSecond: Int64 = 0) {
        self.fileID = fileID
        self.action = action
        self.maxBytesPerSecond = maxBytesPerSecond
    }

    /// What to do with a pull.
    public enum Action: RawRepresentable, Hashable, Sendable {
        case `continue`
        case pause
        case abort
        case setRate
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .continue
                case 1: .pause
                case 2: .abort
                case 3: .setRate
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .continue: 0
            case .pause: 1
            case .abort: 2
            case .setRate: 3
            case .unrecognized(let value): value
            }
        }
    }
}

extension FileControl: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "FileControl", crier__v1__file_control__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__FileControl) throws(WireError) {
        fileID = try c.file_id.string("FileControl", "file_id")
        action = Action(c.action)
        maxBytesPerSecond = c.max_bytes_per_second
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__FileControl> {
        let c = scratch.make(crier__v1__file_control__init)
        c.pointee.file_id = scratch.copy(fileID)
        c.pointee.action = action.c
        c.pointee.max_bytes_per_second = maxBytesPerSecond
        return c
    }
}

extension FileControl.Action {
    init(_ c: Crier__V1__FileControl__Action) { self.init(rawValue: Int32(bitPattern: c.rawValue)) }
    var c: Crier__V1__FileControl__Action { Crier__V1__FileControl__Action(rawValue: UInt32(bitPattern: rawValue)) }
}
