/// A cluster of etcd for tests.
public struct EtcdMembers: Sendable {
    public let members: [EtcdMember]

    /// Starts so many members. They may need some seconds before they answer.
    /// - Parameters:
    ///   - tls: what clients are spoken to with; nil: clear text.
    ///   - flags: of each of them.
    public init(_ count: Int, tls: EtcdCertificates? = nil, flags: [String] = []) throws {
        let host = tls?.host ?? Self.freeHost()
        let places = (0..<count).map { EtcdMember.Place($0, on: host) }
        members = try places.map { try EtcdMember($0, of: places, tls: tls, flags: flags) }
        for member in members { try member.start() }
    }

    /// An address of this machine that nothing else uses. On 127.0.0.1, where outgoing connections have their ports,
    /// one of them may take the port of a member that is away.
    static func freeHost() -> String {
        "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
    }

    /// `host:port,…` of all members.
    public var addresses: String { members.map(\.address).joined(separator: ",") }

    /// Ends all of them.
    public func kill() {
        for member in members { member.kill() }
    }
}
