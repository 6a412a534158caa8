import Glibc
public import NIOCore

extension HTTP2Connection {
    /// The smoothed round-trip time of the connection, as the kernel measures it (tcp(7), TCP_INFO); nil when it is
    /// closed, or no TCP connection.
    var roundTrip: TimeAmount? {
        let handle = try? context?.channel.pipeline.syncOperations
            .withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        guard let descriptor = handle ?? nil else { return nil }
        var info = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, info.tcpi_rtt > 0 else {
            return nil
        }
        return .microseconds(Int64(info.tcpi_rtt))
    }
}

extension Exchange {
    /// Of the connection: the smoothed round-trip time, as the kernel measures it; nil when it is not known.
    public var roundTrip: TimeAmount? { connection.roundTrip }
}
