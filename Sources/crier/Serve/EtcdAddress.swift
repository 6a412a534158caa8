import CrierGRPC
import CrierStorage

/// An etcd cluster as settings name it:
/// `etcd://[user:password@]host:port,host:port[/prefix][?ca=FILE&cert=FILE&key=FILE]`; with `etcds`, or any of the
/// files, over TLS.
enum EtcdAddress {
    static let form =
        "etcd://[user:password@]host:port,host:port[/prefix], or etcds:// for TLS with ?ca=FILE&cert=FILE&key=FILE"

    /// Where the address names no other prefix.
    static let defaultPrefix = "crier"

    /// nil for what is not of this form. What is special in it is written as `%` and two hexadecimal digits.
    static func settings(_ text: String) -> EtcdStoreSettings? {
        guard let colon = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<colon.lowerBound]
        guard scheme == "etcd" || scheme == "etcds" else { return nil }
        let (address, query) = halves(text[colon.upperBound...], "?")
        let (authority, path) = halves(address, "/")
        let at = authority.lastIndex(of: "@")
        let hosts = at.map { authority[authority.index(after: $0)...] } ?? authority
        guard let endpoints = endpoints(hosts), let prefix = prefix(path) else { return nil }
        var settings = EtcdStoreSettings(endpoints: endpoints, prefix: prefix)
        if let at {
            guard let user = user(authority[..<at]) else { return nil }
            settings.user = user
        }
        if scheme == "etcds" { settings.tls = EtcdStoreSettings.TLS() }
        if let query {
            guard let tls = tls(query) else { return nil }
            settings.tls = tls
        }
        return settings
    }

    private static func endpoints(_ text: Substring) -> [HostPort]? {
        var endpoints: [HostPort] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let endpoint = HostPort(String(part)), endpoint.port > 0 else { return nil }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    /// Parts of letters, digits and `. _ -` with single slashes between them.
    private static func prefix(_ text: Substring?) -> String? {
        guard let text, !text.isEmpty else { return defaultPrefix }
        let path = text.last == "/" ? text.dropLast() : text
        let isWellFormed = path.split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { "._-".utf8.contains($0) || Character(Unicode.Scalar($0)).isNameLetter }
            }
        return isWellFormed ? String(path) : nil
    }

    private static func user(_ text: Substring) -> EtcdStoreSettings.User? {
        let (name, password) = halves(text, ":")
        guard let name = decoded(name), let password = password.flatMap(decoded), !name.isEmpty else { return nil }
        return EtcdStoreSettings.User(name: name, password: password)
    }

    private static func tls(_ query: Substring) -> EtcdStoreSettings.TLS? {
        var tls = EtcdStoreSettings.TLS()
        for part in query.split(separator: "&", omittingEmptySubsequences: false) {
            let (name, value) = halves(part, "=")
            guard let path = value.flatMap(decoded), !path.isEmpty else { return nil }
            switch name {
            case "ca" where tls.authorityFile == nil: tls.authorityFile = path
            case "cert" where tls.certificateFile == nil: tls.certificateFile = path
            case "key" where tls.keyFile == nil: tls.keyFile = path
            default: return nil
            }
        }
        // The two go together.
        return (tls.certificateFile == nil) == (tls.keyFile == nil) ? tls : nil
    }

    private static func halves(_ text: Substring, _ separator: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    /// Percent-encoding; nil for a `%` without two digits, and for what is not UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension Character {
    fileprivate var isNameLetter: Bool { isASCII && (isLetter || isNumber) }
}
