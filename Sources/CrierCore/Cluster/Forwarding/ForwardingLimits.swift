/// The limits of pushes between nodes, as the core sees them.
public enum ForwardingLimits {
    /// Pushes of one event loop that other nodes have and have not answered. As many as may cross to another loop; at
    /// 200 bytes each they are 13 MB a loop.
    public static let pushesPerLoop = 65_536

    /// Pushes of one event loop that wait for a route to be read again, or for those before them. 16,384: a backend's
    /// largest window to one client; beyond it CONGESTED.
    public static let heldPushesPerLoop = 16_384

    /// Bytes of encoded messages that they may hold. 16 MiB: four of the largest size, or the above at 1 KiB each.
    public static let heldBytesPerLoop = 16 << 20
}
