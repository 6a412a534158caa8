public import Crypto

/// The SHA-256 of a file's content, which is also its name at the gateway.
public struct ContentDigest: Sendable, Hashable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    public init(_ digest: SHA256Digest) {
        bytes = Array(digest)
    }

    /// Nil unless it is `sha256:` and 64 hex digits.
    public init?(fileID: String) {
        guard fileID.hasPrefix("sha256:") else { return nil }
        self.init(hex: fileID.dropFirst("sha256:".count))
    }

    /// Nil unless it is 64 hex digits.
    public init?(hex: some StringProtocol) {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == 2 * SHA256.byteCount, digits.count == hex.utf8.count else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    /// 64 lower-case hex digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `sha256:` and the hex digits.
    public var fileID: String { "sha256:\(hex)" }
}

extension ContentDigest: CustomStringConvertible {
    public var description: String { fileID }
}
