/// Who asks: what a door knows of its peer, and what every decision about access is made from.
public struct Caller: Sendable, Equatable {
    public enum Origin: Sendable, Equatable {
        /// The gateway itself, or another of the cluster: the registry, the file catalogue, housekeeping.
        case gateway
        /// From the machine that the gateway runs on.
        case loopback
        /// From another machine.
        case remote
    }

    public let origin: Origin
    /// The peer's address as logs show it; empty for this gateway.
    public let address: String
    /// The subject of the verified client certificate, if there is one.
    public let certificateSubject: String?

    public init(origin: Origin, address: String, certificateSubject: String? = nil) {
        self.origin = origin
        self.address = address
        self.certificateSubject = certificateSubject
    }

    /// The gateway itself.
    public static let gateway = Caller(origin: .gateway, address: "")

    /// Another gateway of the cluster, which was proven to be one: it may do what this one may.
    public static func node(at address: String) -> Caller { Caller(origin: .gateway, address: address) }
}
