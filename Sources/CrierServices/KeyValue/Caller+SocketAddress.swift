import CrierCore
import NIOCore

extension Caller {
    /// Who is at the other end of a socket. An unknown address counts as another machine's.
    init(_ address: SocketAddress?) {
        guard let text = address?.ipAddress else {
            self.init(origin: .remote, address: "an unknown address")
            return
        }
        // 127.0.0.0/8, also as the IPv6 socket of both families shows it, and ::1.
        let isLoopback = text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
        self.init(origin: isLoopback ? .loopback : .remote, address: text)
    }
}
