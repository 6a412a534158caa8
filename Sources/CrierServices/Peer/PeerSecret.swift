/// What nodes of one cluster know and nobody else: how they tell each other from strangers.
public struct PeerSecret: Sendable {
    static let field = "crier-peer-secret-bin"

    let bytes: [UInt8]

    /// Nil when it is not 16 to 1,024 bytes long. The white space at the end, which editors leave there, is no part of
    /// it.
    public init?(_ bytes: some Collection<UInt8>) {
        var end = Array(bytes)
        while let last = end.last, last == 0x0A || last == 0x0D || last == 0x20 || last == 0x09 { end.removeLast() }
        guard PeerLimits.secretBytes.contains(end.count) else { return nil }
        self.bytes = end
    }

    /// Takes as long for a secret that is nearly right as for one that is all wrong.
    func matches(_ other: [UInt8]) -> Bool {
        guard other.count == bytes.count else { return false }
        return zip(bytes, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
