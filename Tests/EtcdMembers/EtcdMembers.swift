/// A cluster of etcd for tests.
public struct EtcdMembers: Sendable {
    public let members: [EtcdMember]

    /// Starts so many members. They may need some seconds before they answer.
    /// - Parameters:
    ///   - tls: what clients are spoken to with; nil: clear text.
    ///   - flags: of each of them.
    public init(_ count: Int, tls: EtcdCertificates? = nil, flags: [String] = []) throws {
        let places = try (0..<count).map { try EtcdMember.Place("m\($0)") }
        members = try places.map { try EtcdMember($0, of: places, tls: tls, flags: flags) }
        for member in members { try member.start() }
    }

    /// `host:port,…` of all members.
    public var addresses: String { members.map(\.address).joined(separator: ",") }

    /// Ends all of them.
    public func kill() {
        for member in members { member.kill() }
    }
}
