import CLinux

/// Asks the memory for what is needed in a moment, while something else is being done.
///
/// With thousands of connections, little of what one message touches is in the caches: most of the time of sending it
/// would be spent waiting for one line after the other.
public enum Prefetch {
    private static let lineBytes = 64

    /// The lines of `bytes` that begin at an address. Reads nothing: any address will do.
    @inline(__always)
    static func memory(_ start: UnsafeRawPointer, bytes: Range<Int>) {
        for offset in stride(from: bytes.lowerBound, to: bytes.upperBound, by: lineBytes) {
            crier_prefetch(start + offset)
        }
    }

    /// What a message touches of the session, call, exchange or connection at an address: of each, that is in the first
    /// lines.
    public static func object(at address: UnsafeRawPointer) { memory(address, bytes: 0..<Limit.messageObjectBytes) }

    /// The first bytes of an object.
    @inline(__always)
    static func object(_ object: Unmanaged<some AnyObject>, bytes: Int) {
        memory(object.toOpaque(), bytes: 0..<bytes)
    }
}
