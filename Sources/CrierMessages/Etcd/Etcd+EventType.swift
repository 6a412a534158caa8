extension Etcd {
    /// What happened to a key.
    public enum EventType: RawRepresentable, Hashable, Sendable {
        case put
        case delete
        /// A value that this program does not know.
        case unrecognized(Int32)

        /// The value that the number stands for.
        public init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .put
                case 1: .delete
                default: .unrecognized(rawValue)
                }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .put: 0
            case .delete: 1
            case .unrecognized(let value): value
            }
        }
    }
}
